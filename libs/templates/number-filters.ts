import { add, divide, modulo, multiply, operand, round, subtract } from './decimal.js';
import type { Filter, Filters } from './filter.js';
import { finite } from './value.js';

/** As in Liquid, null counts as 0; text must spell a number. */
function number(value: unknown): number {
  return value === null || value === undefined ? 0 : operand(value);
}

function binary(operation: (a: number, b: number) => number): Filter {
  return (value, argument) => operation(number(value), number(argument));
}

function unary(operation: (value: number) => number): Filter {
  return (value) => finite(operation(number(value)));
}

/** Arithmetic in decimals; results are JSON numbers. A result that is none fails. */
export const numberFilters: Filters = {
  plus: binary(add),
  minus: binary(subtract),
  times: binary(multiply),
  modulo: binary(modulo),
  at_least: binary(Math.max),
  at_most: binary(Math.min),
  /** `divided_by: 3, true` is the whole quotient, rounded down. */
  divided_by: (value, divisor, whole) => {
    const quotient = divide(number(value), number(divisor));
    return whole === true ? Math.floor(quotient) : quotient;
  },
  round: (value, places) => round(number(value), number(places)),
  abs: unary(Math.abs),
  ceil: unary(Math.ceil),
  floor: unary(Math.floor),
  to_integer: unary(Math.trunc),
};
