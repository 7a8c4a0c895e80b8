import type { ThrottlerStorage } from '@nestjs/throttler';

export type RateRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Headers of a limited answer. `Reset` and `t` are both the whole seconds until the window has one place more, rounded up: seconds from
 * now need no common clock. `Retry-After` stands on refusals only and is the same number, so a request after it is not refused for an
 * old one's sake.
 */
export function rateHeaders(
  policy: string,
  limit: number,
  windowMs: number,
  record: RateRecord,
): Record<string, string> {
  const remaining = Math.max(0, limit - record.totalHits);
  const reset = record.timeToExpire;
  return {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    'X-RateLimit-Reset': String(reset),
    'RateLimit-Policy': `"${policy}";q=${limit};w=${Math.round(windowMs / 1000)}`,
    RateLimit: `"${policy}";r=${remaining};t=${reset}`,
    ...(record.isBlocked && { 'Retry-After': String(record.timeToBlockExpire) }),
  };
}

/** Exactly as published in contract 001. */
export const refusalMessage = (limit: number): string => `Rate limit exceeded. Limit: ${limit} requests per minute.`;
