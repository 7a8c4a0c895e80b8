import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalJson, fingerprint } from './canonical-json.js';
import { JsonGuardError } from './json-guard-error.js';
import type { Json } from './json.js';

/** The same value with the members of every object in the opposite order. */
function reversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('canonicalJson', () => {
  it('writes the examples of RFC 8785 §3.2', () => {
    const numbers = [JSON.parse('333333333.33333329') as number, 1e30, 4.5, 2e-3, 0.000000000000000000000000001];
    const value = { numbers, string: '\u20ac$\u000f\nA\'B"\\\\"/', literals: [null, true, false] };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units, as RFC 8785 §3.2.3 shows', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    const expected = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'];
    expect(Object.keys(JSON.parse(canonicalJson(value)) as object).filter((key) => key !== '1')).toEqual(
      expected.filter((key) => key !== '1'),
    );
    expect(canonicalJson(value).indexOf('"1"')).toBe('{"\\r":2,'.length);
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(canonicalJson(reversed(value as Json))).toBe(canonicalJson(value as Json));
      }),
    );
  });

  it('reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(JSON.parse(canonicalJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('writes scalars, empty containers and negative zero', () => {
    expect([null, true, 'a', 1.5, -0, [], {}].map(canonicalJson)).toEqual([
      'null',
      'true',
      '"a"',
      '1.5',
      '0',
      '[]',
      '{}',
    ]);
  });

  it('takes any depth', () => {
    let value: Json = 1;
    for (let level = 0; level < 100_000; level += 1) value = level % 2 === 0 ? [value] : { a: value };
    expect(canonicalJson(value)).toHaveLength(1 + 50_000 * 2 + 50_000 * 6);
  });

  it('refuses numbers that JSON cannot express', () => {
    expect(() => canonicalJson([Number.NaN])).toThrow(JsonGuardError);
    expect(() => canonicalJson({ a: Number.POSITIVE_INFINITY })).toThrow('Infinity');
  });
});

describe('fingerprint', () => {
  it('is the SHA-256 of the canonical text', () => {
    expect(fingerprint({ b: 2, a: 1 }).toString('hex')).toBe(
      '43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777',
    );
  });

  it('tells different values apart', () => {
    expect(fingerprint({ a: '1' })).not.toEqual(fingerprint({ a: 1 }));
    expect(fingerprint([1, [2]])).not.toEqual(fingerprint([[1], 2]));
  });
});
