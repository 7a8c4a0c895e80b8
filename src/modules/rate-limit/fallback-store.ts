import type { Taken } from '../auth/index.js';
import { MemoryStore } from './memory-store.js';
import type { RateStore } from './rate-store.js';

export interface FallbackOptions {
  warn: (message: string) => void;
  /** Milliseconds on a clock that never goes back. */
  now?: () => number;
}

/** How long a store that has failed is left alone, so that an outage costs each process one slow request and not all. */
const PAUSE_MS = 2_000;
const WARN_EVERY_MS = 60_000;

/**
 * Uses the shared store while it works. While it is down each process limits by itself, starting from an empty window: requests are never
 * refused for the store's sake, and n processes accept up to n times the limit.
 */
export class FallbackStore implements RateStore {
  private readonly local: MemoryStore;
  private readonly now: () => number;
  private pausedUntil = -Infinity;
  private warnedAt = -Infinity;

  constructor(
    private readonly shared: RateStore,
    private readonly options: FallbackOptions,
  ) {
    this.now = options.now ?? (() => performance.now());
    this.local = new MemoryStore({ now: this.now });
  }

  async take(key: string, limit: number): Promise<Taken> {
    if (this.now() < this.pausedUntil) return this.local.take(key, limit);
    try {
      return await this.shared.take(key, limit);
    } catch (error) {
      this.pausedUntil = this.now() + PAUSE_MS;
      this.warn(error);
      return this.local.take(key, limit);
    }
  }

  close(): void {
    this.shared.close?.();
  }

  private warn(error: unknown): void {
    if (this.now() - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = this.now();
    this.options.warn(`rate limits are counted by each process alone, since their store fails: ${String(error)}`);
  }
}
