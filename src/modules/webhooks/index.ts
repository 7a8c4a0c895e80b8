/**
 * Inbound webhooks: other systems start runs. Words: a *webhook* is an address with a *secret*; a *call* is believed or not, and what came of it is
 * its *delivery*; an *event* that is sent again has its first run; *arming* lets one call in while the workflow is not active. Rows of triggers and
 * graphs are kept in the transactions that change workflows ({@link KeepWebhooks}). The graph dialect seals secrets and arms through here.
 */
export { ArmWebhooks } from './arm/arm-webhooks.js';
export { WebhookArmEntity } from './arm/webhook-arm.entity.js';
export { secretProblem } from './secret-problem.js';
export { WebhookDeliveryEntity } from './deliveries/webhook-delivery.entity.js';
export { WebhookEntity } from './webhook.entity.js';
export { WebhookSecrets } from './webhook-secrets.js';
export { WebhooksModule } from './webhooks.module.js';
