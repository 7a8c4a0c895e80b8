import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkJson } from './check-json.js';
import { JsonGuardError } from './json-guard-error.js';

function refusal(value: unknown, limits = {}): JsonGuardError {
  try {
    checkJson(value, limits);
  } catch (error) {
    if (error instanceof JsonGuardError) return error;
    throw error;
  }
  throw new Error('accepted');
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}

describe('checkJson', () => {
  it('gives back the very value when it is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        expect(checkJson(value)).toBe(value);
      }),
    );
  });

  it('drops members that are undefined from a copy and leaves the value as it was', () => {
    const value = { a: 1, b: undefined, c: [{ d: undefined, e: null }] };
    expect(checkJson(value)).toStrictEqual({ a: 1, c: [{ e: null }] });
    expect(Object.keys(value)).toContain('b');
  });

  it.each([
    ['a function', (): number => 1],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a Buffer', Buffer.from('x')],
  ])('refuses %s with its place', (_what, value) => {
    expect(refusal({ list: [0, { value }] })).toMatchObject({ reason: 'NOT_JSON', pointer: '/list/1/value' });
  });

  it('refuses undefined where it cannot be dropped', () => {
    expect(refusal(undefined)).toMatchObject({ reason: 'NOT_JSON', pointer: '' });
    expect(refusal([1, undefined])).toMatchObject({ reason: 'NOT_JSON', pointer: '/1' });
    // eslint-disable-next-line no-sparse-arrays
    expect(refusal([1, , 2])).toMatchObject({ reason: 'NOT_JSON', pointer: '/1' });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %s', (value) => {
    expect(refusal([{ value }])).toMatchObject({ reason: 'UNSAFE_NUMBER', pointer: '/0/value' });
  });

  it('takes objects without a prototype', () => {
    const value = Object.assign(Object.create(null) as object, { a: 1 });
    expect(checkJson(value)).toBe(value);
  });

  it('refuses __proto__ as an own key', () => {
    expect(refusal(JSON.parse('[{"__proto__":1}]')).reason).toBe('FORBIDDEN_KEY');
  });

  it('limits the depth, and so values that contain themselves', () => {
    expect(checkJson(nested(64))).toBeDefined();
    expect(refusal(nested(65))).toMatchObject({ reason: 'TOO_DEEP', pointer: '/a'.repeat(64) });
    const loop: unknown[] = [];
    loop.push(loop);
    expect(refusal(loop).reason).toBe('TOO_DEEP');
    expect(refusal(nested(200_000)).reason).toBe('TOO_DEEP');
  });

  it('limits the size, and so values that grow by sharing their parts', () => {
    let value: unknown = 'x'.repeat(100);
    for (let level = 0; level < 60; level += 1) value = [value, value];
    expect(refusal(value).reason).toBe('TOO_LARGE');
    expect(refusal({ text: 'x'.repeat(100) }, { size: 100 })).toMatchObject({ reason: 'TOO_LARGE', pointer: '/text' });
  });

  it('limits the number of keys only when asked to', () => {
    const value = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]));
    expect(checkJson(value)).toBe(value);
    expect(refusal(value, { keys: 10_000 }).reason).toBe('TOO_MANY_KEYS');
  });
});
