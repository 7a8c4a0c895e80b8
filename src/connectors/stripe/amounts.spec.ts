import { describe, expect, it } from 'vitest';
import { type AmountUnit, toSmallestUnit } from './amounts.js';

describe('an amount for Stripe', () => {
  it.each<[number, string, AmountUnit, number]>([
    [9900, 'usd', 'minor', 9900],
    [4857.84, 'usd', 'minor', 4858],
    [4857.5, 'usd', 'minor', 4858],
    [4857.49, 'usd', 'minor', 4857],
    [-4857.5, 'usd', 'minor', -4858],
    [48.58, 'usd', 'major', 4858],
    [1.005, 'usd', 'major', 101],
    [0.29, 'eur', 'major', 29],
    [500, 'jpy', 'major', 500],
    [1.2345, 'kwd', 'major', 1235],
  ])('%d %s, %s, is %d', (amount, currency, unit, expected) => {
    expect(toSmallestUnit(amount, currency, unit)).toBe(expected);
  });
});
