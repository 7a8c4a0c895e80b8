import { Drop, toValue } from 'liquidjs';
import type { Json } from '#libs/json-guard';
import type { Budget } from './budget.js';
import { Fault } from './template-error.js';

/** Evaluates against a subject: the scope, or the element of a list in `map`. */
export type Evaluate = (subject: unknown, budget: Budget) => Json;

/** A value as text: strings as they are, null as '', anything else as JSON. */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return JSON.stringify(value) ?? '';
}

/** A value that Liquid computed, as JSON of its own: undefined is null, its literals (`nil`, `empty`) are plain values. */
export function toJson(raw: unknown, budget: Budget): Json {
  const value: unknown = raw instanceof Drop ? toValue(raw) : raw;
  if (typeof value === 'number') return finite(value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    budget.use(value.length);
    return value;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) {
    budget.use(value.length);
    return value.map((element) => toJson(element, budget));
  }
  const keys = Object.keys(value);
  budget.use(keys.length);
  return fromEntries(keys, (key) => toJson((value as Record<string, unknown>)[key], budget));
}

/** An object whose keys are data: `__proto__` becomes an own property, not a prototype. */
export function fromEntries(keys: readonly string[], valueOf: (key: string, index: number) => Json): Json {
  const object: Record<string, Json> = {};
  keys.forEach((key, index) => {
    const value = valueOf(key, index);
    if (key === '__proto__')
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    else object[key] = value;
  });
  return object;
}

/** @throws Fault for Infinity and NaN, which JSON does not have; -0 becomes 0 */
export function finite(value: number): number {
  if (!Number.isFinite(value)) throw new Fault('the result is not a finite number');
  return value + 0;
}

/** Charges the size of a value that is passed on as it is, so that a small template cannot repeat a large value without end. */
export function weigh(value: Json, budget: Budget): void {
  if (typeof value === 'string') budget.pass(value.length);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    budget.pass(value.length);
    for (const element of value) weigh(element, budget);
    return;
  }
  for (const key of Object.keys(value)) {
    budget.pass(key.length + 1);
    weigh(value[key] ?? null, budget);
  }
}

/** How messages name a type. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}
