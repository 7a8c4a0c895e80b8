import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindows } from './sliding-windows.js';

describe('sliding windows', () => {
  it('never accept more than the limit in any window, nor refuse a hit that fits', () => {
    const hits = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 0, max: 4 })), { maxLength: 200 });
    fc.assert(
      fc.property(hits, (steps) => {
        let now = 0;
        const windows = new SlidingWindows({ windowMs: 50, now: () => now });
        const accepted: number[] = [];
        for (const [pause, limit] of steps) {
          now += pause;
          const live = accepted.filter((at) => at > now - 50);
          const taken = windows.take('key', limit);
          expect(taken.accepted).toBe(live.length < limit);
          if (taken.accepted) accepted.push(now);
          expect(taken.used).toBe(live.length + (taken.accepted ? 1 : 0));
        }
      }),
    );
  });

  it('have a place at the very moment that a refusal names', () => {
    let now = 5;
    const windows = new SlidingWindows({ windowMs: 100, now: () => now });
    windows.take('key', 1);
    now = 30;
    const { accepted, freesInMs } = windows.take('key', 1);
    expect([accepted, freesInMs]).toEqual([false, 75]);
    now += freesInMs;
    expect(windows.take('key', 1).accepted).toBe(true);
  });

  it('forget idle keys as others are used', () => {
    let now = 0;
    const windows = new SlidingWindows({ windowMs: 100, now: () => now });
    for (let i = 0; i < 1000; i++) windows.take(`idle ${i}`, 1);
    now = 200;
    for (let i = 0; i < 1000; i++) windows.take('busy', 10_000);
    expect(windows.size).toBe(1);
  });

  it('hold no more keys than they may', () => {
    const windows = new SlidingWindows({ maxKeys: 10 });
    for (let i = 0; i < 100; i++) windows.take(`address ${i}`, 1);
    expect(windows.size).toBe(10);
    expect(windows.take('address 99', 1).accepted).toBe(false);
  });

  it('keep up with a limit of ten thousand', () => {
    let now = 0;
    const windows = new SlidingWindows({ windowMs: 20_000, now: () => now });
    const accepted = Array.from({ length: 30_000 }, () => ((now += 1), windows.take('key', 10_000).accepted));
    expect(accepted.filter(Boolean)).toHaveLength(20_000);
  });
});
