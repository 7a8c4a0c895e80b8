import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import type { RateStore } from '../../../src/modules/rate-limit/rate-store.js';

/** A store with a window of 60 seconds whose clock the test moves. */
export interface StoreUnderTest {
  store: RateStore;
  /** Lets this time pass for all hits counted so far. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const accepted = (taken: { accepted: boolean }[]): number => taken.filter((one) => one.accepted).length;
const seconds = (n: number): number => n * 1000;

/** What every rate store does. A store may count a hit up to two seconds longer than its window, never shorter. */
export function describeRateStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the ${name} store`, () => {
    let subject: StoreUnderTest;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close());

    const take = (key: string, limit: number) => subject.store.take(key, limit);
    const takeMany = (n: number, key: string, limit: number) =>
      Promise.all(Array.from({ length: n }, () => take(key, limit)));

    it('accepts the limit and refuses the rest, saying how many are used', async () => {
      const key = newId();
      const taken = [await take(key, 3), await take(key, 3), await take(key, 3), await take(key, 3)];
      expect(taken.map(({ accepted, used }) => [accepted, used])).toEqual([
        [true, 1],
        [true, 2],
        [true, 3],
        [false, 3],
      ]);
    });

    it('accepts exactly the limit of hits that come at once', async () => {
      const taken = await takeMany(200, newId(), 30);
      expect(accepted(taken)).toBe(30);
      const used = taken.filter((one) => one.accepted).map((one) => one.used);
      expect([...used].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    });

    it('keeps keys apart, also in one batch', async () => {
      const keys = [newId(), newId(), newId()];
      const taken = await Promise.all(keys.map((key) => takeMany(5, key, 2)));
      expect(taken.map(accepted)).toEqual([2, 2, 2]);
    });

    it('slides: a burst over the edge of a minute gets only the places that have become free', async () => {
      const key = newId();
      expect(accepted(await takeMany(4, key, 10))).toBe(4);
      await subject.advance(seconds(30));
      expect(accepted(await takeMany(10, key, 10))).toBe(6);
      await subject.advance(seconds(28));
      expect(accepted(await takeMany(10, key, 10))).toBe(0);
      await subject.advance(seconds(4));
      expect(accepted(await takeMany(10, key, 10))).toBe(4);
    });

    it('does not count refused hits', async () => {
      const key = newId();
      await takeMany(2, key, 2);
      await subject.advance(seconds(50));
      expect(accepted(await takeMany(20, key, 2))).toBe(0);
      await subject.advance(seconds(12));
      expect(accepted(await takeMany(20, key, 2))).toBe(2);
    });

    it('says when the next place becomes free, never too early', async () => {
      const key = newId();
      await take(key, 2);
      await subject.advance(seconds(20));
      const second = await take(key, 2);
      const refused = await take(key, 2);
      for (const { freesInMs } of [second, refused]) {
        expect(freesInMs).toBeGreaterThan(seconds(39));
        expect(freesInMs).toBeLessThanOrEqual(seconds(42));
      }
      await subject.advance(refused.freesInMs);
      expect(accepted(await takeMany(2, key, 2))).toBe(1);
    });

    it('follows a limit that changes', async () => {
      const key = newId();
      await takeMany(4, key, 4);
      await subject.advance(seconds(30));
      expect(accepted(await takeMany(5, key, 6))).toBe(2);
      const lowered = await take(key, 1);
      expect(lowered).toMatchObject({ accepted: false, used: 6 });
      expect(lowered.freesInMs).toBeGreaterThan(seconds(58));
    });

    it('refuses everything at limit 0', async () => {
      const taken = await take(newId(), 0);
      expect(taken).toMatchObject({ accepted: false, used: 0 });
      expect(taken.freesInMs).toBeGreaterThan(0);
    });
  });
}
