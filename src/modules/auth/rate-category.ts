/** What a request counts as (contracts/decisions §3). */
export type RateCategory = 'execute' | 'apps' | 'read' | 'write' | 'webhooks';

/** Requests in any 60 seconds, and who shares them, unless the organization or the key has its own limit. */
export const RATE_LIMITS: Readonly<Record<RateCategory, { limit: number; per: 'key' | 'user' | 'address' }>> = {
  execute: { limit: 500, per: 'key' },
  apps: { limit: 30, per: 'user' },
  read: { limit: 1000, per: 'key' },
  write: { limit: 200, per: 'key' },
  webhooks: { limit: 10_000, per: 'address' },
};
