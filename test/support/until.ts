import { setTimeout as delay } from 'node:timers/promises';

/** Settings of {@link until}. */
export interface UntilOptions {
  /** Default 10,000. */
  timeoutMs?: number;
  /** Default 25. */
  intervalMs?: number;
}

type Falsy = false | null | 0 | '';

/**
 * Asks again and again until the answer is truthy, and returns it; or until an async assertion no longer throws.
 * `undefined` is an assertion's success, so a predicate must not answer it: write `?? null` (the types insist).
 *
 * @throws after the timeout, with the last failure as cause and in the message.
 */
export function until<T extends object | string | number | bigint | boolean | null>(
  fn: () => T | Promise<T>,
  options?: UntilOptions,
): Promise<Exclude<T, Falsy>>;
export function until(fn: () => Promise<void>, options?: UntilOptions): Promise<void>;
export async function until(
  fn: () => unknown,
  { timeoutMs = 10_000, intervalMs = 25 }: UntilOptions = {},
): Promise<unknown> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const answer = await fn();
      if (answer === undefined || answer) return answer;
      failure = new Error(`the answer is ${JSON.stringify(answer)}`);
    } catch (error) {
      failure = error;
    }
    if (Date.now() >= deadline) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      throw new Error(`Not within ${timeoutMs} ms: ${reason}`, { cause: failure });
    }
    await delay(intervalMs);
  }
}
