import { Injectable } from '@nestjs/common';
import { verifyWebhook } from '#libs/webhook-signatures';
import { DeliveryLog } from '../deliveries/delivery-log.js';
import { deliveryOf } from '../deliveries/delivery-of.js';
import { KnownWebhooks } from '../known-webhooks.js';
import { unauthorized, unknownWebhook } from '../webhook.errors.js';
import { WebhookSecrets } from '../webhook-secrets.js';
import { BadSecrets } from './bad-secrets.js';
import type { Believed, WebhookCall } from './webhook-call.js';

/** Who may call a webhook, whatever state its workflow is in. */
@Injectable()
export class WebhookGate {
  constructor(
    private readonly webhooks: KnownWebhooks,
    private readonly secrets: WebhookSecrets,
    private readonly badSecrets: BadSecrets,
    private readonly log: DeliveryLog,
  ) {}

  /**
   * Writes the refused call down, but not those of one who guesses.
   * @throws DomainError WORKFLOW_NOT_FOUND, also for an archived workflow; UNAUTHORIZED; RATE_LIMITED
   */
  async believe(call: WebhookCall): Promise<Believed> {
    const hook = await this.webhooks.find(call.webhookId);
    if (!hook || hook.status === 'archived') throw unknownWebhook();
    const { organizationId, id } = hook;
    if (hook.verification.scheme === 'bearer') this.badSecrets.assertPlace(id, call.address);
    const secrets = await Promise.all(hook.secrets.map((sealed) => this.secrets.open(organizationId, id, sealed)));
    const result = verifyWebhook(hook.verification, secrets, call);
    if (result.ok) return { hook, secrets };
    this.badSecrets.count(id, call.address);
    const error = unauthorized();
    this.log.write(deliveryOf({ hook, secrets }, call, { outcome: 'refused', reason: result.reason, status: 401 }));
    throw error;
  }
}
