import type { BlockOutcome } from '#libs/block-kit';
import { type SafeHttp, SafeHttpError, type SafeHttpRequest, type SafeHttpResponse } from '#libs/safe-http';

/**
 * Sends a request within the step's own time limit, which ends it through its signal, and hands the answer on. A request that cannot be sent
 * or gets no answer is an outcome.
 * @param build makes the request; a SafeHttpError that it throws is an outcome too
 */
export async function exchange<Taken>(
  http: SafeHttp,
  build: () => SafeHttpRequest,
  take: (response: SafeHttpResponse) => Taken | Promise<Taken>,
): Promise<Taken | BlockOutcome> {
  let response: SafeHttpResponse;
  try {
    response = await http.request({ ...build(), timeoutMs: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (error instanceof SafeHttpError) return networkFailure(error);
    throw error;
  }
  return take(response);
}

/** What a request without an answer means for the step. */
export const networkFailure = ({ code, message, retryable }: SafeHttpError): BlockOutcome => ({
  kind: 'failed',
  error: { code, message },
  retryable,
});
