import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Taken } from '../auth/index.js';
import type { RateRecord } from './rate-headers.js';
import type { RateStore } from './rate-store.js';

/**
 * A {@link RateStore} as the throttler wants it. Its window is the store's own and there is no block duration: a refused client waits for
 * the next free place, not for a full extra window.
 */
export class StoreAdapter implements ThrottlerStorage {
  constructor(private readonly store: RateStore) {}

  async increment(key: string, _ttl: number, limit: number): Promise<RateRecord> {
    return toRecord(await this.store.take(key, limit));
  }
}

export function toRecord({ accepted, used, freesInMs }: Taken): RateRecord {
  const seconds = Math.max(1, Math.ceil(freesInMs / 1000));
  return { totalHits: used, timeToExpire: seconds, isBlocked: !accepted, timeToBlockExpire: accepted ? 0 : seconds };
}
