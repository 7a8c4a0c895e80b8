import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { rateLimited } from '../auth/index.js';
import { rateHeaders, refusalMessage } from './rate-headers.js';
import { RATE_STORE, type RateStore, WINDOW_MS } from './rate-store.js';
import { toRecord } from './store-adapter.js';

/** Budgets that a handler takes from itself, of something that it knows only after it has looked. */
@Injectable()
export class RateBudget {
  constructor(@Inject(RATE_STORE) private readonly store: RateStore) {}

  /**
   * Takes one hit of `policy:key`, and tells on the answer where it stands in place of what the guard has told.
   * @param limit hits in any 60 seconds
   * @throws DomainError RATE_LIMITED
   */
  async take(response: Response, policy: string, key: string, limit: number): Promise<void> {
    const record = toRecord(await this.store.take(`${policy}:${key}`, limit));
    response.set(rateHeaders(policy, limit, WINDOW_MS, record));
    if (record.isBlocked) throw rateLimited(refusalMessage(limit), { retryAfter: record.timeToBlockExpire });
  }
}
