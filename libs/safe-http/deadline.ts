import { SafeHttpError } from './safe-http-error.js';

/** The longest delay a timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs work under one deadline and the caller's signal. The signal given to the work aborts with the SafeHttpError that
 * ends the request, `TIMEOUT` or `ABORTED`. Nothing stays attached to the caller's signal afterwards (a run's signal
 * outlives thousands of requests).
 */
export async function withDeadline<T>(
  timeoutMs: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () =>
    controller.abort(new SafeHttpError('ABORTED', 'The request was aborted.', { cause: caller?.reason }));
  const timer = setTimeout(
    () => controller.abort(new SafeHttpError('TIMEOUT', `The request took longer than ${timeoutMs} ms (timeoutMs).`)),
    Math.min(timeoutMs, MAX_TIMER_MS),
  );
  if (caller?.aborted === true) abort();
  caller?.addEventListener('abort', abort, { once: true });
  try {
    controller.signal.throwIfAborted();
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', abort);
  }
}
