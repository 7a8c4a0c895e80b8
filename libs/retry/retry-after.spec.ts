import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseRetryAfter } from './index.js';

const now = new Date('1994-11-06T08:49:07Z');

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
    ['Sun Nov  6 08:49:37 1994', 30_000],
    ['Mon Nov 14 08:49:07 1994', 8 * 86_400_000],
  ])('reads %j', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });

  it('takes a date in the past as no wait', () => {
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:49:00 GMT', now)).toBe(0);
  });

  it('takes a two-digit year over 50 years ahead as a past one', () => {
    expect(parseRetryAfter('Sunday, 06-Nov-44 08:49:37 GMT', now)).toBe(0);
    expect(parseRetryAfter('Tuesday, 06-Nov-29 08:49:37 GMT', new Date('2029-11-06T08:49:36Z'))).toBe(1000);
  });

  it('keeps an absurd number of seconds finite', () => {
    expect(parseRetryAfter('9'.repeat(400), now)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '120, 240',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 31 Foo 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 25:49:37 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
  ])('ignores %j', (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  });

  it('reads back every date that toUTCString writes', () => {
    const dates = fc.date({ min: now, max: new Date('2999-12-31T23:59:59Z'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        const wholeSeconds = Math.floor(date.getTime() / 1000) * 1000;
        expect(parseRetryAfter(date.toUTCString(), now)).toBe(Math.max(0, wholeSeconds - now.getTime()));
      }),
    );
  });
});
