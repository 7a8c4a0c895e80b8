import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronProblem, isTimeZone, latestTime, nextTime, type Recurrence } from './index.js';

const MINUTE = 60_000;
const at = (iso: string): number => Date.parse(iso);

/** The next times after `after`, without seconds. */
function times(recurrence: Recurrence, after: string, count: number): string[] {
  const found: string[] = [];
  for (let last = at(after); found.length < count;) {
    const next = nextTime(recurrence, last);
    if (next === null) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    last = next;
  }
  return found;
}

describe('times of a cron expression', () => {
  it.each([
    ['UTC', '0 9 * * 1-5', '2026-11-20T09:00Z', ['2026-11-23T09:00', '2026-11-24T09:00']],
    ['UTC', '0 0 29 2 *', '2026-01-01T00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['UTC', '0 0 L * *', '2026-02-01T00:00Z', ['2026-02-28T00:00', '2026-03-31T00:00']],
    ['Asia/Kolkata', '0 9 * * *', '2026-01-01T00:00Z', ['2026-01-01T03:30', '2026-01-02T03:30']],
    // Berlin: 02:00 → 03:00 on 29 March (01:00Z), 03:00 → 02:00 on 25 October (01:00Z).
    ['Europe/Berlin', '0 9 * * *', '2026-03-28T00:00Z', ['2026-03-28T08:00', '2026-03-29T07:00', '2026-03-30T07:00']],
    ['Europe/Berlin', '30 2 * * *', '2026-03-28T00:00Z', ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']],
    [
      'Europe/Berlin',
      '0,30 2-3 * * *',
      '2026-03-29T00:00Z',
      ['2026-03-29T01:00', '2026-03-29T01:30', '2026-03-30T00:00'],
    ],
    ['Europe/Berlin', '30 2 * * *', '2026-10-24T12:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['Europe/Berlin', '30 2 * * *', '2026-10-25T00:45Z', ['2026-10-26T01:30']],
    [
      'Europe/Berlin',
      '*/30 2 * * *',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-26T01:00'],
    ],
    ['Europe/Berlin', '30 * * * *', '2026-03-28T23:45Z', ['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30']],
    ['Europe/Berlin', '0 * * * *', '2026-03-29T00:30Z', ['2026-03-29T01:00', '2026-03-29T02:00']],
    ['Europe/Berlin', '30 * * * *', '2026-10-24T23:45Z', ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30']],
    // New York: 02:00 → 03:00 on 8 March (07:00Z), 02:00 → 01:00 on 1 November (06:00Z).
    ['America/New_York', '15 2 * * *', '2026-03-07T12:00Z', ['2026-03-08T07:00', '2026-03-09T06:15']],
    ['America/New_York', '15 1 * * *', '2026-10-31T12:00Z', ['2026-11-01T05:15', '2026-11-02T06:15']],
    // São Paulo until 2019: midnight → 01:00 on 4 November 2018 (03:00Z), midnight → 23:00 on 18 February 2018 (02:00Z).
    ['America/Sao_Paulo', '0 0 * * *', '2018-11-03T12:00Z', ['2018-11-04T03:00', '2018-11-05T02:00']],
    ['America/Sao_Paulo', '30 0 * * 0', '2018-11-03T12:00Z', ['2018-11-04T03:00', '2018-11-11T02:30']],
    ['America/Sao_Paulo', '30 23 * * *', '2018-02-17T12:00Z', ['2018-02-18T01:30', '2018-02-19T02:30']],
    ['America/Sao_Paulo', '0 0 * * *', '2018-02-17T12:00Z', ['2018-02-18T03:00', '2018-02-19T03:00']],
    // Lord Howe: half an hour, 02:00 → 02:30 on 4 October (3 October 15:30Z), 02:00 → 01:30 on 5 April (4 April 15:00Z).
    [
      'Australia/Lord_Howe',
      '15 2 * * *',
      '2026-10-02T00:00Z',
      ['2026-10-02T15:45', '2026-10-03T15:30', '2026-10-04T15:15'],
    ],
    ['Australia/Lord_Howe', '45 1 * * *', '2026-04-04T00:00Z', ['2026-04-04T14:45', '2026-04-05T15:15']],
    ['Australia/Lord_Howe', '*/30 * * * *', '2026-10-03T15:00Z', ['2026-10-03T15:30', '2026-10-03T16:00']],
    // Samoa had no 30 December 2011.
    ['Pacific/Apia', '0 9 * * *', '2011-12-29T00:00Z', ['2011-12-29T19:00', '2011-12-30T10:00', '2011-12-30T19:00']],
  ])('in %s: %s after %s', (timezone, cron, after, expected) => {
    expect(times({ cron, timezone }, after, expected.length)).toEqual(expected);
  });

  it('are later each time, and never missed by starting in between', () => {
    const field = (max: number) =>
      fc.oneof(fc.constant('*'), fc.integer({ min: 0, max }).map(String), fc.constant('*/7'));
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
    ];
    const start = fc.integer({ min: at('2015-01-01T00:00Z') / MINUTE, max: at('2030-01-01T00:00Z') / MINUTE });
    fc.assert(
      fc.property(
        field(59),
        field(23),
        fc.constantFrom(...zones),
        start,
        fc.nat(),
        (minute, hour, timezone, from, some) => {
          const recurrence = { cron: `${minute} ${hour} * * *`, timezone };
          const after = from * MINUTE;
          const first = nextTime(recurrence, after) as number;
          const second = nextTime(recurrence, first) as number;
          expect(first).toBeGreaterThan(after);
          expect(second).toBeGreaterThan(first);
          expect(second - after).toBeLessThanOrEqual(2 * 25 * 60 * MINUTE);
          expect(nextTime(recurrence, after + (some % (first - after)))).toBe(first);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('times of an interval', () => {
  const anchor = at('2026-03-28T12:00Z');

  it('are counted from the anchor, whatever the clocks do', () => {
    const daily = { everyMs: 24 * 60 * MINUTE, anchor };
    expect(times(daily, '2026-03-28T12:00Z', 2)).toEqual(['2026-03-29T12:00', '2026-03-30T12:00']);
    expect(times(daily, '2026-03-27T00:00Z', 1)).toEqual(['2026-03-29T12:00']);
    expect(times(daily, '2026-04-10T13:00Z', 1)).toEqual(['2026-04-11T12:00']);
  });
});

describe('the latest time', () => {
  it.each<[Recurrence, string, string, string]>([
    [
      { cron: '* * * * *', timezone: 'Europe/Berlin' },
      '2026-01-01T00:00Z',
      '2026-06-01T10:30:40Z',
      '2026-06-01T10:30Z',
    ],
    [{ cron: '0 9 * * 1', timezone: 'Europe/Berlin' }, '2026-01-05T08:00Z', '2026-03-30T06:59Z', '2026-03-23T08:00Z'],
    [{ cron: '0 9 * * 1', timezone: 'Europe/Berlin' }, '2026-01-05T08:00Z', '2026-03-30T07:00Z', '2026-03-30T07:00Z'],
    [{ cron: '*/5 9 1 1 *', timezone: 'UTC' }, '2025-01-01T09:00Z', '2026-01-01T09:12Z', '2026-01-01T09:10Z'],
    [{ everyMs: 7 * MINUTE, anchor: 0 }, '1970-01-01T00:07Z', '1970-01-01T01:00Z', '1970-01-01T00:56Z'],
    [{ cron: '0 0 * * *', timezone: 'UTC' }, '2026-01-01T00:00Z', '2026-01-01T00:00Z', '2026-01-01T00:00Z'],
  ])('of %j from %s is at %s the one of %s', (recurrence, first, now, expected) => {
    expect(latestTime(recurrence, at(first), at(now))).toBe(at(expected));
  });
});

describe('what cannot be used', () => {
  it.each(['', '* * * *', '0 0 9 * * 1', '@daily', '61 * * * *', '0 9 * * 8', 'H 9 * * *', '0 0 31 2 *', 'a b c d e'])(
    'is the expression "%s"',
    (cron) => {
      expect(cronProblem(cron)).toEqual(expect.any(String));
    },
  );

  it.each(['0 9 * * 1-5', '*/15 * * * *', '0 0 L * *', '0 12 * MAR,OCT THU', '0 9 * * 1#1'])('is not "%s"', (cron) => {
    expect(cronProblem(cron)).toBe(null);
  });

  it('is a zone that does not exist, or an offset', () => {
    expect(['Mars/Base', '', '+02:00', 'UTC+1'].filter(isTimeZone)).toEqual([]);
    expect(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'].filter(isTimeZone)).toHaveLength(3);
  });
});
