import { standardKeyOf } from '#libs/webhook-signatures';
import type { WebhookVerification } from '../workflows/index.js';

/** Why a secret, in clear text, is good for nothing with this verification; null: it is good. Follows the words "The secret". */
export function secretProblem({ scheme }: Pick<WebhookVerification, 'scheme'>, secret: string): string | null {
  if (scheme !== 'standard_webhooks' || standardKeyOf(secret) !== null) return null;
  return 'must be whsec_ and the Base64 of 24 to 64 bytes for standard_webhooks';
}
