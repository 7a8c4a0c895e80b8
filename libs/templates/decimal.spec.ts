import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, divide, modulo, multiply, numberLike, operand, remainder, round, subtract, sum } from './decimal.js';

describe('decimal arithmetic', () => {
  it('is exact where doubles are not', () => {
    expect(add(0.1, 0.2)).toBe(0.3);
    expect(subtract(0.3, 0.1)).toBe(0.2);
    expect(multiply(19.99, 3)).toBe(59.97);
    expect(multiply(4498, 1.08)).toBe(4857.84);
    expect(multiply(1.005, 100)).toBe(100.5);
    expect(divide(0.3, 0.1)).toBe(3);
    expect(remainder(0.3, 0.1)).toBe(0);
    expect(sum([0.1, 0.2, 0.3, -0.6])).toBe(0);
  });

  it('rounds half away from zero, at decimals and at tens', () => {
    expect([round(2.5), round(-2.5), round(1.005, 2), round(2.675, 2), round(1250, -2)]).toStrictEqual([
      3, -3, 1.01, 2.68, 1300,
    ]);
    expect(() => round(1, 21)).toThrow('places');
    expect(() => round(1, 0.5)).toThrow('places');
  });

  it('takes the sign of the dividend for %, of the divisor for modulo', () => {
    expect([remainder(-7, 3), remainder(7, -3), modulo(-7, 3), modulo(7, -3)]).toStrictEqual([-1, 1, 2, -2]);
  });

  it('fails rather than yield Infinity or NaN', () => {
    for (const operation of [divide, remainder, modulo]) expect(() => operation(1, 0)).toThrow('division by zero');
    expect(() => multiply(1e200, 1e200)).toThrow('finite');
    expect(() => sum([Number.MAX_VALUE, Number.MAX_VALUE])).toThrow('finite');
  });

  it('never yields -0', () => {
    const zeros = [multiply(0, -1), multiply(0.5, -0), add(-0, -0), round(-0.4), remainder(-4, 2), sum([-0])];
    for (const zero of zeros) expect(Object.is(zero, -0)).toBe(false);
  });

  it('reads numbers from text that is nothing else', () => {
    expect(['12', '-1.5', '.5', '5.', '1e3', '+2'].map(numberLike)).toStrictEqual([12, -1.5, 0.5, 5, 1000, 2]);
    for (const text of ['', ' 1', '1 ', '0x10', 'Infinity', 'NaN', '1e999', '1,5', '1_000', '١', '9'.repeat(41)])
      expect(numberLike(text)).toBeUndefined();
    for (const value of [null, undefined, true, 'a', [], {}]) expect(() => operand(value)).toThrow('cannot calculate');
  });

  it('agrees with whole numbers of cents', () => {
    const cents = fc.integer({ min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(fc.array(cents, { maxLength: 20 }), (values) => {
        const total = values.reduce((a, b) => a + b, 0);
        expect(sum(values.map((value) => value / 100))).toBe(total / 100 + 0);
      }),
    );
    fc.assert(
      fc.property(cents, fc.integer({ min: 0, max: 1000 }), (price, count) => {
        expect(multiply(price / 100, count)).toBe((price * count) / 100 + 0);
      }),
    );
  });
});
