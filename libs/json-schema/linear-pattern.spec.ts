import { describe, expect, it } from 'vitest';

import { isPattern, LinearPattern } from './linear-pattern.js';
import { Meter, MeterExhausted } from './meter.js';

function pattern(source: string): LinearPattern {
  const meter = new Meter();
  meter.start();
  return new LinearPattern(source, meter, 65_536);
}

describe('LinearPattern', () => {
  it.each([
    ['^a.c$', 'abc', 'abcd'],
    ['b', 'abc', 'ac'],
    ['^\\u00e9\\x41\\/\\-$', 'éA/-', 'e'],
    ['^(?<year>\\d{4})$', '2025', '25'],
    ['^[^\\s]+$', 'ab', 'a b'],
    ['^\\p{L}+$', 'äß', 'a1'],
    ['^\u{1f600}{2}$', '\u{1f600}\u{1f600}', '\u{1f600}'],
  ])('%s matches as in JavaScript', (source, match, other) => {
    expect([pattern(source).test(match), pattern(source).test(other)]).toEqual([true, false]);
  });

  it('answers right when it needs more states than it may keep', () => {
    const meter = new Meter();
    const hungry = new LinearPattern('^[ab]*a[ab]{14}$', meter, 65_536);
    const texts = Array.from({ length: 500 }, (_, index) => (index * 2_654_435_761).toString(2).padStart(44, '0'));
    for (const text of texts) {
      const letters = text.replaceAll('0', 'a').replaceAll('1', 'b');
      meter.start();
      expect(hungry.test(letters)).toBe(letters.at(-15) === 'a');
    }
  });

  it('refuses a text that is too long for its size', () => {
    expect(() => pattern('^(a|b){1000}$').test('a'.repeat(10_000))).toThrow(MeterExhausted);
  });

  it('says what is wrong with a pattern', () => {
    expect(() => pattern('a(?!b)')).toThrow(/lookahead/);
    expect(() => pattern('(a)\\1')).toThrow(/back-references/);
    expect(() => pattern('(?<n>a)\\k<n>')).toThrow(/back-references/);
    expect(pattern('^\\\\k<$').test('\\k<')).toBe(true);
    expect(() => pattern('a{2000}')).toThrow(/repeat count/);
    expect(() => pattern('(')).toThrow(/missing closing \)/);
  });
});

describe('isPattern', () => {
  it('takes what a schema could hold, without the cost of its counts', () => {
    expect(isPattern('^[a-z]{2,5}$')).toBe(true);
    expect(isPattern('a{1000}'.repeat(100))).toBe(true);
    expect(isPattern('a(?=b)')).toBe(false);
    expect(isPattern('a'.repeat(1001))).toBe(false);
  });
});
