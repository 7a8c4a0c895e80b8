import type { WebhookVerification } from '../workflows/index.js';
import { secretProblem } from './secret-problem.js';
import type { WebhookEntity } from './webhook.entity.js';
import type { WebhookSecrets } from './webhook-secrets.js';

/** What becomes of a webhook's secrets under another verification. */
export interface FitSecrets {
  /** Of the current one, see {@link secretProblem}. */
  problem: string | null;
  /** Ends the one before where it is good for nothing any more. */
  change: { previousSecret?: null; previousSecretUntil?: null };
}

/** A secret that somebody has chosen may be good for the old scheme only. */
export async function fitSecrets(
  secrets: WebhookSecrets,
  { organizationId, id, secret, previousSecret }: WebhookEntity,
  verification: WebhookVerification,
): Promise<FitSecrets> {
  const problemOf = async (sealed: string) =>
    secretProblem(verification, await secrets.open(organizationId, id, sealed));
  const ended = previousSecret !== null && (await problemOf(previousSecret)) !== null;
  return {
    problem: await problemOf(secret),
    change: ended ? { previousSecret: null, previousSecretUntil: null } : {},
  };
}
