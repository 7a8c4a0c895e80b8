import type { Budget } from './budget.js';
import { same } from './comparison.js';
import { operand, sum } from './decimal.js';
import { compileSyntax } from './expression-compiler.js';
import { budgetOf, type Filter, type FilterCall, type Filters } from './filter.js';
import { References } from './references.js';
import { readPath } from './scope.js';
import { located } from './template-error.js';
import { builtin } from './text-filters.js';
import { toText } from './value.js';

type Reader = (element: unknown, budget: Budget) => unknown;

/** Liquid's own: one native pass, charged by length. */
const LISTS = ['reverse', 'compact', 'concat', 'uniq', 'slice', 'first', 'last', 'push', 'pop', 'shift', 'unshift'];

/** Comparisons a sort makes per element, rounded up. */
const SORT_WORK = 20;

const NAMES = /^[\p{L}\p{N}_$][\p{L}\p{N}_$-]*(?:\.[\p{L}\p{N}_$][\p{L}\p{N}_$-]*)*$/u;

/** By the literal's token, which lives as long as its template. */
const arithmetic = new WeakMap<object, Reader>();

/** Filters whose first argument may be arithmetic on each element's properties, if written as a literal. */
export const ARITHMETIC: ReadonlySet<string> = new Set(['map', 'sum']);

/** Compiles the literal argument of such a filter, unless it is a plain name or a dotted path. @throws Fault */
export function prepareArithmetic(literal: { content: string; begin: number }): void {
  const source = literal.content;
  if (NAMES.test(source)) return;
  const offset = literal.begin + 1;
  const evaluate = located(() => compileSyntax(source, { functions: true }, new References()), 0, offset);
  arithmetic.set(literal, (element, budget) => located(() => evaluate(element, budget), 0, offset));
}

/** Reads a property of each element. Only what the author wrote is arithmetic; an argument that is data is a path. */
function reader(call: FilterCall, property: unknown): Reader {
  const literal = call.token.args[0];
  const prepared = literal === undefined ? undefined : arithmetic.get(literal);
  if (prepared !== undefined) return prepared;
  const path = toText(property).split('.');
  return (element, budget) => readPath(element, path, budget);
}

function toList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === null || value === undefined ? [] : [value];
}

/** The elements with what `property` reads from each; the clock ticks for every one. */
function* pairs(call: FilterCall, value: unknown, property: unknown): Generator<[element: unknown, read: unknown]> {
  const budget = budgetOf(call);
  const read = property === undefined || property === null ? (element: unknown) => element : reader(call, property);
  for (const element of toList(value)) {
    budget.tick();
    yield [element, read(element, budget)];
  }
}

/** `where: 'active'` asks for truth, `where: 'state', 'paid'` for that value. */
function matcher(call: FilterCall, args: unknown[]): (read: unknown) => boolean {
  const [, expected] = args;
  if (args.length < 2) return Boolean;
  return (read) => same(read, expected, budgetOf(call));
}

function select(wanted: boolean): Filter {
  return function (value, ...args) {
    const matches = matcher(this, args);
    return [...pairs(this, value, args[0])].filter(([, read]) => matches(read) === wanted).map(([element]) => element);
  };
}

function search<T>(found: (element: unknown, index: number) => T, otherwise: T): Filter {
  return function (value, ...args) {
    const matches = matcher(this, args);
    let index = 0;
    for (const [element, read] of pairs(this, value, args[0])) {
      if (matches(read)) return found(element, index);
      index += 1;
    }
    return otherwise;
  };
}

function sorted(keyOf: (read: unknown) => unknown): Filter {
  return function (value, property) {
    const keyed = [...pairs(this, value, property)].map(([element, read]) => ({ element, key: keyOf(read) }));
    budgetOf(this).use(keyed.length * SORT_WORK);
    return keyed.sort((a, b) => compare(a.key, b.key)).map(({ element }) => element);
  };
}

/** Numbers before text before the rest, null last. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') {
    if (a === b) return 0;
    return a < b ? -1 : 1;
  }
  return rank(a) - rank(b);
}

function rank(value: unknown): number {
  if (value === null || value === undefined) return 3;
  if (typeof value === 'number') return 0;
  return typeof value === 'string' ? 1 : 2;
}

const groupBy: Filter = function (value, property) {
  const groups = new Map<unknown, unknown[]>();
  for (const [element, read] of pairs(this, value, property)) {
    const name = read ?? null;
    const items = groups.get(name);
    if (items === undefined) groups.set(name, [element]);
    else items.push(element);
  }
  return [...groups].map(([name, items]) => ({ name, items }));
};

const join: Filter = function (value, separator) {
  const between = separator === undefined ? ' ' : toText(separator);
  const texts = toList(value).map(toText);
  budgetOf(this).use(texts.reduce((length, text) => length + text.length + between.length, 0));
  return texts.join(between);
};

function size(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

/** `default: x` replaces null, false, '' and an empty list (not 0); `allow_false: true` keeps false. */
function fallback(value: unknown, ...args: unknown[]): unknown {
  const [replacement, named] = args;
  if (value === false && Array.isArray(named) && named[0] === 'allow_false' && named[1] === true) return false;
  const missing = value === null || value === undefined || value === false || value === '';
  return missing || (Array.isArray(value) && value.length === 0) ? replacement : value;
}

export const listFilters: Filters = {
  ...Object.fromEntries(LISTS.map((name) => [name, builtin(name)])),
  map(value, property) {
    return [...pairs(this, value, property)].map(([, read]) => read ?? null);
  },
  /** Null counts as 0; text must spell a number. */
  sum(value, property) {
    return sum([...pairs(this, value, property)].map(([, read]) => operand(read ?? 0)));
  },
  where: select(true),
  reject: select(false),
  find: search((element) => element, null),
  find_index: search<number | null>((_, index) => index, null),
  has: search(() => true, false),
  sort: sorted((read) => read),
  sort_natural: sorted((read) => toText(read).toLowerCase()),
  group_by: groupBy,
  join,
  size,
  default: fallback,
};
