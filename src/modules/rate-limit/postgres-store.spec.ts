import { describe, expect, it } from 'vitest';
import { answersOf, type WindowRow } from './postgres-store.js';

/** Parts of one second; the clock stands half a second into part 1000. */
const row = (counts: number[], granted: number): WindowRow => ({
  key: 'key',
  newest: 1000,
  counts,
  granted,
  now: 1_000_500,
});
const answers = (n: number, counts: number[], granted: number, limit: number) => {
  const generator = answersOf(row(counts, granted), limit, 1000);
  return Array.from({ length: n }, () => generator.next().value);
};

describe('answers to the hits of one statement', () => {
  it('are first the granted ones, numbered on from what was used, then refusals', () => {
    expect(answers(3, [2, 0, 4], 2, 6).map(({ accepted, used }) => [accepted, used])).toEqual([
      [true, 5],
      [true, 6],
      [false, 6],
    ]);
  });

  it('name the time when the oldest hit is surely out of the window', () => {
    // Part 998 ends at 999.0 s; its last hit is 60 s old at 1059.0 s.
    expect(answers(2, [1, 0, 4], 1, 5).map((answer) => answer.freesInMs)).toEqual([58_500, 58_500]);
  });

  it('after a lowered limit name the time when enough hits are out', () => {
    expect(answers(1, [1, 2, 4], 0, 3)[0]?.freesInMs).toBe(59_500);
  });
});
