import type { Taken } from '../auth/index.js';

/** The window of every limit. */
export const WINDOW_MS = 60_000;

/** Injection token of the {@link RateStore} in use. */
export const RATE_STORE = Symbol('RATE_STORE');

/**
 * Counts hits by key. In any window no more than `limit` hits of a key are accepted, by all processes that share the store, and a refused
 * hit does not count. Every store passes the suite in test/medium/rate-limit/rate-store.conformance.ts.
 */
export interface RateStore {
  take(key: string, limit: number): Promise<Taken>;
  close?(): void;
}
