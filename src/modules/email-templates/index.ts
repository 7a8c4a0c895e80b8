/**
 * Email templates: messages that an organization keeps, and email steps fill in (`sendTemplate`). Their texts are compiled before they are
 * stored, so a stored one is never broken. Steps find them through the port `EmailTemplates`.
 */
export { EmailTemplateEntity } from './email-template.entity.js';
export { EmailTemplatesModule } from './email-templates.module.js';
