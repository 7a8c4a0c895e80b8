import type { BlockOutcome } from '#libs/block-kit';
import { integrationError, type Refused } from '#libs/connector-kit';
import { networkFailure } from '#libs/http-exchange';
import { parseRetryAfter } from '#libs/retry';
import { SafeHttpError } from '#libs/safe-http';
import type { Stripe } from 'stripe';

/** What a failed call means for the step. Stripe may say itself whether a repetition helps. */
export function stripeFailure(error: Stripe.errors.StripeError, now: Date): BlockOutcome | Refused {
  if (error.detail instanceof SafeHttpError) return networkFailure(error.detail);
  const { statusCode, headers = {}, message, code } = error;
  if (statusCode === 401) return { kind: 'refused', message };
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
  return integrationError(
    `Stripe: ${message}${code ? ` (${code})` : ''}`,
    isRetryable(statusCode, headers),
    retryAfterMs,
  );
}

function isRetryable(statusCode: number | undefined, headers: Record<string, string>): boolean {
  const advice = headers['stripe-should-retry'];
  if (advice === 'true' || advice === 'false') return advice === 'true';
  // 409: another request with the same idempotency key is under way, or the object is locked by one.
  return statusCode === undefined || statusCode === 409 || statusCode === 429 || statusCode >= 500;
}
