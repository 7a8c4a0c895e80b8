import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerRequest } from '@nestjs/throttler';
import type { Response } from 'express';
import { type RateCategory, rateLimited } from '../auth/index.js';
import { categoryOf } from './policy.js';
import { rateHeaders, refusalMessage } from './rate-headers.js';

/** Refuses with 429 what is over its category's limit, and tells every limited request where it stands. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(categoryOf(context) === null);
  }

  /**
   * One budget a category and tracker for all handlers, in place of the throttler's one a handler, and standard header names in place of
   * its suffixed ones.
   */
  protected override async handleRequest(props: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, blockDuration, getTracker, generateKey } = props;
    const request = context.switchToHttp().getRequest<Record<string, unknown>>();
    const category = categoryOf(context) as RateCategory;
    const key = generateKey(context, await getTracker(request, context), category);
    const record = await this.storageService.increment(key, ttl, limit, blockDuration, category);
    context
      .switchToHttp()
      .getResponse<Response>()
      .set(rateHeaders(category, limit, ttl, record));
    if (record.isBlocked) throw rateLimited(refusalMessage(limit), { retryAfter: record.timeToBlockExpire });
    return true;
  }
}
