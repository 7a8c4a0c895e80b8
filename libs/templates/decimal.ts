import { Decimal } from 'decimal.js';
import { Fault } from './template-error.js';
import { finite, typeName } from './value.js';

/**
 * Arithmetic on JSON numbers as the decimal numbers they are written as: 0.1 + 0.2 is 0.3 and 4498 × 1.08 is 4857.84.
 * 40 significant digits hold every product of two doubles as written (17 digits each); the result is the nearest double.
 */
const Exact = Decimal.clone({ precision: 40, defaults: true });

/** Sign, digits, fraction, exponent; no blanks, no hexadecimal. Short, because the cost of decimals grows with digits. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const LONGEST_NUMBER = 40;

/** The number a text spells, if it spells one. */
export function numberLike(text: string): number | undefined {
  if (text.length > LONGEST_NUMBER || !NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Operand of an operation: a number, or text that spells one. @throws Fault otherwise, null included */
export function operand(value: unknown): number {
  const number = typeof value === 'string' ? numberLike(value) : value;
  if (typeof number === 'number') return number;
  throw new Fault(`cannot calculate with ${typeName(value)}`);
}

export function add(a: number, b: number): number {
  const sum = a + b;
  return isExact(a, b, sum) ? sum + 0 : toNumber(new Exact(a).plus(b));
}

export function subtract(a: number, b: number): number {
  return add(a, -b);
}

export function multiply(a: number, b: number): number {
  const product = a * b;
  return isExact(a, b, product) ? product + 0 : toNumber(new Exact(a).times(b));
}

export function divide(a: number, b: number): number {
  return toNumber(new Exact(a).div(nonZero(b)));
}

/** Remainder with the sign of the dividend, as `%` in JavaScript. */
export function remainder(a: number, b: number): number {
  return toNumber(new Exact(a).mod(nonZero(b)));
}

/** Remainder with the sign of the divisor, as Liquid's `modulo`. */
export function modulo(a: number, b: number): number {
  const rest = remainder(a, b);
  return rest !== 0 && rest < 0 !== b < 0 ? add(rest, b) : rest;
}

/** Rounds half away from zero. @param places decimals, -20 to 20; negative ones round to tens, hundreds … */
export function round(value: number, places = 0): number {
  if (!Number.isInteger(places) || Math.abs(places) > 20) throw new Fault('round takes -20 to 20 places');
  const exact = new Exact(value);
  const rounded =
    places < 0
      ? exact.toNearest(new Exact(10).pow(-places), Decimal.ROUND_HALF_UP)
      : exact.toDecimalPlaces(places, Decimal.ROUND_HALF_UP);
  return toNumber(rounded);
}

/** Sum without rounding in between. */
export function sum(values: Iterable<number>): number {
  let whole = 0;
  let exact: Decimal | undefined;
  for (const value of values) {
    const next = whole + value;
    if (exact === undefined && isExact(whole, value, next)) whole = next;
    else exact = (exact ?? new Exact(whole)).plus(value);
  }
  return exact === undefined ? whole : toNumber(exact);
}

/** Whole numbers that doubles hold exactly need no decimals: the common case, and twenty times faster. */
function isExact(a: number, b: number, result: number): boolean {
  return Number.isSafeInteger(a) && Number.isSafeInteger(b) && Number.isSafeInteger(result);
}

function nonZero(divisor: number): number {
  if (divisor === 0) throw new Fault('division by zero');
  return divisor;
}

function toNumber(value: Decimal): number {
  return finite(value.toNumber());
}
