import type { BlockOutcome } from '#libs/block-kit';
import { type RetryPolicy, retryDelayMs } from '#libs/retry';

/** Milliseconds until the next attempt, or undefined when the failure is final. */
export function retryDecision(
  policy: RetryPolicy,
  attempt: number,
  failure: BlockOutcome & { kind: 'failed' },
): number | undefined {
  if (!failure.retryable || attempt >= policy.maxAttempts) return undefined;
  return retryDelayMs(
    policy,
    attempt,
    failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs },
  );
}
