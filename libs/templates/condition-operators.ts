import type { Json } from '#libs/json-guard';
import type { Budget } from './budget.js';
import { equal, includes, isEmpty, order } from './comparison.js';
import { compilePattern } from './pattern.js';
import { Fault } from './template-error.js';
import { typeName } from './value.js';

/** Compares the resolved sides. @throws Fault for types it cannot compare */
type Test = (left: Json, right: Json, budget: Budget) => boolean;

const BINARY: Readonly<Record<string, Test>> = {
  eq: equal,
  ne: (left, right, budget) => !equal(left, right, budget),
  gt: (left, right) => order(left, right) > 0,
  gte: (left, right) => order(left, right) >= 0,
  lt: (left, right) => order(left, right) < 0,
  lte: (left, right) => order(left, right) <= 0,
  contains: includes,
  in: (left, right, budget) => includes(right, left, budget),
  notIn: (left, right, budget) => !includes(right, left, budget),
  startsWith: (left, right) => text(left).startsWith(text(right)),
  endsWith: (left, right) => text(left).endsWith(text(right)),
  matches: (left, right, budget) => compilePattern(text(right))(text(left), budget),
};

/** Their right side, if given, is the expected answer. */
const UNARY: Readonly<Record<string, Test>> = {
  exists: (left, expected) => (left !== null) === answer(expected),
  isEmpty: (left, expected) => isEmpty(left) === answer(expected),
};

export const OPERATORS: ReadonlyMap<string, Test> = new Map(Object.entries({ ...BINARY, ...UNARY }));

export function isUnary(operator: string): boolean {
  return Object.hasOwn(UNARY, operator);
}

/** `matches` with a pattern that is known. @throws Fault for a pattern that is not understood */
export function matching(pattern: Json): Test {
  const matches = compilePattern(text(pattern));
  return (left, _, budget) => matches(text(left), budget);
}

function text(value: Json): string {
  if (typeof value === 'string') return value;
  throw new Fault(`expected text, not ${typeName(value)}`);
}

function answer(value: Json): boolean {
  if (typeof value === 'boolean') return value;
  throw new Fault(`expected true or false, not ${typeName(value)}`);
}
