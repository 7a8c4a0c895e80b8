import type { BlockOutcome } from '#libs/block-kit';

/** The provider took the call and said no, or could not carry it out. */
export const integrationError = (message: string, retryable = false, retryAfterMs?: number): BlockOutcome => ({
  kind: 'failed',
  error: { code: 'INTEGRATION_ERROR', message },
  retryable,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
