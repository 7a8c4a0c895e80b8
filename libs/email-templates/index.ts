/**
 * Templates of email messages, kept by organizations and filled in by email steps. In `html` everything put in is escaped. This is how they
 * are compiled, and the port through which a step finds one.
 */
export {
  compileEmailTemplate,
  type CompiledEmailTemplate,
  EmailTemplates,
  type EmailTemplateTexts,
  type EmailTexts,
} from './email-template.js';
