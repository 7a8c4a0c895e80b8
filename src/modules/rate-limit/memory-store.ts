import { SlidingWindows, type SlidingWindowsOptions, type Taken } from '../auth/index.js';
import type { RateStore } from './rate-store.js';

/** Exact, for one process. */
export class MemoryStore implements RateStore {
  private readonly windows: SlidingWindows;

  constructor(options: SlidingWindowsOptions = {}) {
    this.windows = new SlidingWindows(options);
  }

  take(key: string, limit: number): Promise<Taken> {
    return Promise.resolve(this.windows.take(key, limit));
  }
}
