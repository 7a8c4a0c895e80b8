import type { Json } from '#libs/json-guard';
import type { Budget } from './budget.js';
import { numberLike } from './decimal.js';
import { Fault } from './template-error.js';
import { typeName } from './value.js';

/** Truth as in JavaScript: false, null, 0 and '' are false, everything else, empty lists included, is true. */
export function truthy(value: Json): boolean {
  return Boolean(value);
}

/** Equality of JSON by value; types must match. */
export function same(a: unknown, b: unknown, budget: Budget): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? null) === (b ?? null);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    budget.use(a.length);
    return a.every((element, index) => same(element, b[index], budget));
  }
  const keys = Object.keys(a);
  budget.use(keys.length);
  if (keys.length !== Object.keys(b).length) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key], budget));
}

/** `==`: as `same`, but a number equals text that spells the same number. Null equals only null. Never fails. */
export function equal(a: Json, b: Json, budget: Budget): boolean {
  if (typeof a === 'number' && typeof b === 'string') return numberLike(b) === a;
  if (typeof a === 'string' && typeof b === 'number') return numberLike(a) === b;
  return same(a, b, budget);
}

/**
 * `<`, `<=`, `>`, `>=`: below zero, zero or above. Numbers with numbers, text with text (by code unit), and a number with
 * text that spells a number.
 * @throws Fault for every other pair, null included
 */
export function order(a: Json, b: Json): number {
  if (typeof a === 'string' && typeof b === 'string') {
    if (a === b) return 0;
    return a < b ? -1 : 1;
  }
  const left = typeof a === 'string' ? numberLike(a) : a;
  const right = typeof b === 'string' ? numberLike(b) : b;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  throw new Fault(`cannot compare ${typeName(a)} with ${typeName(b)}`);
}

/** `item in container`: an element of a list (by `==`) or a part of a text. */
export function includes(container: Json, item: Json, budget: Budget): boolean {
  if (Array.isArray(container)) {
    return container.some((element) => {
      budget.tick();
      return equal(element, item, budget);
    });
  }
  if (typeof container !== 'string') throw new Fault(`cannot look inside ${typeName(container)}`);
  if (typeof item !== 'string') throw new Fault(`text cannot contain ${typeName(item)}`);
  budget.search(container, item);
  return container.includes(item);
}

/** Null, '', an empty list and an empty object. */
export function isEmpty(value: Json): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
