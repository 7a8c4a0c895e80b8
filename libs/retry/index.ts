/**
 * retry: when to try again. Pure arithmetic shared by workflow steps, connectors and callbacks; whether to try again at
 * all (is the error retryable, are attempts left) is the caller's question.
 */
export { parseRetryAfter } from './retry-after.js';
export { DEFAULT_RETRY, MAX_RETRY_AFTER_MS, retryDelayMs } from './retry-policy.js';
export type { RetryPolicy } from './retry-policy.js';
