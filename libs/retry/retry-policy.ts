/** How often and how far apart a failing attempt is repeated. */
export interface RetryPolicy {
  /** Attempts in all, the first included: 1 means no retry. */
  maxAttempts: number;
  /** Delay after the first failed attempt. */
  initialDelayMs: number;
  /** What each further delay is multiplied by. */
  factor: number;
  /** Bound of the delay before jitter. */
  maxDelayMs: number;
}

/** No retry; its delays stand in for what a partial policy leaves out: `{ ...DEFAULT_RETRY, ...given }`. */
export const DEFAULT_RETRY: Readonly<RetryPolicy> = {
  maxAttempts: 1,
  initialDelayMs: 1000,
  factor: 2,
  maxDelayMs: 60_000,
};

/** The longest a server's `Retry-After` is obeyed: 24 hours (decisions §8). */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Whole milliseconds to wait after a failed attempt: exponential, ±20 % jitter so that failures of one moment do not
 * return in one moment, and never less than the server's `Retry-After` (capped at {@link MAX_RETRY_AFTER_MS}).
 *
 * @param attempt The attempt that just failed, from 1.
 * @param options.random Source of jitter in [0, 1). Default `Math.random`.
 * @example retryDelayMs({ ...DEFAULT_RETRY, maxAttempts: 5 }, 3) // 3200 … 4800
 */
export function retryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  options: { retryAfterMs?: number | undefined; random?: () => number } = {},
): number {
  const { retryAfterMs = 0, random = Math.random } = options;
  // 0 × Infinity is NaN: an initial delay of 0 stays 0 however high the power.
  const exponential = policy.initialDelayMs * policy.factor ** (attempt - 1) || 0;
  const jittered = Math.min(exponential, policy.maxDelayMs) * (0.8 + 0.4 * random());
  return Math.max(Math.round(jittered), Math.ceil(Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)));
}
