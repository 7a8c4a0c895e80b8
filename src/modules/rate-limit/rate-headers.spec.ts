import { describe, expect, it } from 'vitest';
import { rateHeaders } from './rate-headers.js';
import { StoreAdapter } from './store-adapter.js';

const recordOf = (taken: { accepted: boolean; used: number; freesInMs: number }) =>
  new StoreAdapter({ take: () => Promise.resolve(taken) }).increment('key', 60_000, 500);

describe('rate limit headers', () => {
  it('say what is left and when more will be', async () => {
    const record = await recordOf({ accepted: true, used: 1, freesInMs: 60_000 });
    expect(rateHeaders('execute', 500, 60_000, record)).toEqual({
      'X-RateLimit-Limit': '500',
      'X-RateLimit-Remaining': '499',
      'X-RateLimit-Reset': '60',
      'RateLimit-Policy': '"execute";q=500;w=60',
      RateLimit: '"execute";r=499;t=60',
    });
  });

  it('of a refusal add Retry-After in whole seconds, never early and at least one', async () => {
    for (const [freesInMs, seconds] of [
      [11_001, '12'],
      [12_000, '12'],
      [0.2, '1'],
      [-5, '1'],
    ] as const) {
      const record = await recordOf({ accepted: false, used: 500, freesInMs });
      expect(rateHeaders('execute', 500, 60_000, record)).toMatchObject({
        'Retry-After': seconds,
        RateLimit: `"execute";r=0;t=${seconds}`,
        'X-RateLimit-Remaining': '0',
      });
    }
  });
});
