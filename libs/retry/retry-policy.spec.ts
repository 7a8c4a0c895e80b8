import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DEFAULT_RETRY, MAX_RETRY_AFTER_MS, retryDelayMs } from './index.js';

const middle = () => 0.5;
const policy = { ...DEFAULT_RETRY, maxAttempts: 10 };

describe('retryDelayMs', () => {
  it('doubles from one second up to a minute by default', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => retryDelayMs(policy, attempt, { random: middle }));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('spreads delays by 20 % to either side', () => {
    expect(retryDelayMs(policy, 1, { random: () => 0 })).toBe(800);
    expect(retryDelayMs(policy, 1, { random: () => 1 })).toBe(1200);
  });

  it('never retries by default', () => {
    expect(DEFAULT_RETRY.maxAttempts).toBe(1);
  });

  it('waits at least as long as the server asks', () => {
    expect(retryDelayMs(policy, 1, { retryAfterMs: 90_000, random: middle })).toBe(90_000);
    expect(retryDelayMs(policy, 3, { retryAfterMs: 10, random: middle })).toBe(4000);
  });

  it('obeys a server for no longer than a day', () => {
    expect(retryDelayMs(policy, 1, { retryAfterMs: Infinity })).toBe(MAX_RETRY_AFTER_MS);
  });

  it('stays zero when the initial delay is zero', () => {
    expect(retryDelayMs({ ...policy, initialDelayMs: 0 }, 5000)).toBe(0);
  });

  it('is a whole number between the jittered bounds for every policy and attempt', () => {
    const anyPolicy = fc.record({
      maxAttempts: fc.integer({ min: 1, max: 10_000 }),
      initialDelayMs: fc.integer({ min: 0, max: 3_600_000 }),
      factor: fc.double({ min: 1, max: 1000, noNaN: true }),
      maxDelayMs: fc.integer({ min: 0, max: 86_400_000 }),
    });
    fc.assert(
      fc.property(
        anyPolicy,
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (p, n, r) => {
          const delay = retryDelayMs(p, n, { random: () => r });
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(Math.floor(0.8 * Math.min(p.initialDelayMs, p.maxDelayMs)));
          expect(delay).toBeLessThanOrEqual(Math.ceil(1.2 * p.maxDelayMs));
        },
      ),
    );
  });
});
