import { describe, expect, it } from 'vitest';

import type { Json } from '#libs/json-guard';

import { compileSchema } from './compile-schema.js';
import { SchemaError } from './schema-error.js';
import { SCHEMA_LIMITS } from './schema-limits.js';

function refusal(schema: Json): SchemaError {
  try {
    compileSchema(schema);
  } catch (error) {
    if (error instanceof SchemaError) return error;
    throw error;
  }
  throw new Error('compiled');
}

function times<T>(length: number, make: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index));
}

/** Definitions d0 … dn, each of which names the next one twice. */
function doubling(levels: number, combine: (ref: Json) => Json): Json {
  const definitions = times(levels, (index) => [`d${index}`, combine({ $ref: `#/$defs/d${index + 1}` })] as const);
  return { $ref: '#/$defs/d0', $defs: { ...Object.fromEntries(definitions), [`d${levels}`]: { type: 'string' } } };
}

function nested(depth: number): Json {
  let value: Json = 'end';
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

const tooCostly = { path: [], message: expect.stringContaining('takes too long to check') as string };

describe('a schema is refused', () => {
  it.each<[string, Json, (string | number)[], RegExp]>([
    ['a number', 1, [], /must be an object, true or false/],
    ['an array', [], [], /must be an object/],
    ['an unknown type', { properties: { a: { type: 'strin' } } }, ['properties', 'a', 'type'], /must be one of/],
    ['a wrong keyword value', { minLength: -1 }, ['minLength'], /must be at least 0/],
    ['items as a list (earlier drafts)', { items: [true] }, ['items'], /must be an object or a boolean/],
    ['another draft', { $schema: 'http://json-schema.org/draft-04/schema#' }, ['$schema'], /Only draft 2020-12/],
    ['a remote reference', { $ref: 'http://127.0.0.1:1/s.json' }, ['$ref'], /nothing is fetched/],
    ['a file reference', { $ref: 'file:///etc/passwd' }, ['$ref'], /nothing is fetched/],
    ['a reference to nothing', { allOf: [{ $ref: '#/$defs/a' }] }, ['allOf', 0, '$ref'], /is not in this schema/],
    ['a reference to what is no schema', { enum: [{}], $ref: '#/enum/0' }, ['$ref'], /is not in this schema/],
    ['a reference that does not decode', { $ref: '#/%E0%A4%A' }, ['$ref'], /is not in this schema/],
    ['an inherited name as reference', { $ref: '#/constructor' }, ['$ref'], /is not in this schema/],
    [
      'an anchor used twice',
      { $defs: { a: { $anchor: 'x' }, b: { $anchor: 'x' } } },
      ['$defs', 'b', '$anchor'],
      /used twice/,
    ],
    ['a nested $id', { $defs: { a: { $id: 'b' } } }, ['$defs', 'a', '$id'], /root only/],
    ['$recursiveRef', { items: { $recursiveRef: '#' } }, ['items', '$recursiveRef'], /use "\$ref"/],
    [
      'a lookahead',
      { properties: { a: { pattern: '^(?=x)' } } },
      ['properties', 'a', 'pattern'],
      /"\^\(\?=x\)".*lookahead/,
    ],
    ['a lookbehind', { pattern: '(?<!a)b' }, ['pattern'], /lookbehind/],
    ['a back-reference', { pattern: '(a)\\1' }, ['pattern'], /back-reference/],
    ['a bad pattern', { pattern: 'a[' }, ['pattern'], /missing closing \]/],
    ['a bad property pattern', { patternProperties: { '(?!a)': true } }, ['patternProperties', '(?!a)'], /lookahead/],
    [
      'a huge pattern',
      { allOf: times(12, (index) => ({ pattern: `a{9${index + 10}}` })) },
      ['allOf', 10, 'pattern'],
      /too large/,
    ],
    [
      'a default for an inherited name',
      { properties: { toString: { default: 'x' } } },
      ['properties', 'toString', 'default'],
      /cannot have a default/,
    ],
    ['itself', { $ref: '#' }, [], /never ends/],
    [
      'itself through others',
      { $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } },
      ['$defs', 'a'],
      /never ends/,
    ],
    ['itself through a dynamic reference', { $dynamicAnchor: 'a', anyOf: [{ $dynamicRef: '#a' }] }, [], /never ends/],
    [
      '2^30 applications',
      doubling(30, (ref) => ({ allOf: [ref, ref] })),
      ['$defs', 'd18'],
      /subschemas apply to one value/,
    ],
    ['too many alternatives', { oneOf: times(101, () => ({})) }, ['oneOf'], /more than 100/],
    ['too many subschemas', { allOf: times(1000, () => ({})) }, ['allOf', 999], /more than 1000 subschemas/],
    [
      'too many dependencies',
      { dependentRequired: Object.fromEntries(times(1000, (index) => [`k${index}`, ['a']])) },
      ['dependentRequired'],
      /more than 1000/,
    ],
    ['a key __proto__', JSON.parse('{"properties":{"__proto__":{"default":1}}}') as Json, [], /__proto__/],
  ])('that is or holds %s', (_what, schema, path, message) => {
    const error = refusal(schema);
    expect(error.message).toMatch(message);
    expect(error.path).toEqual(path);
  });

  it('that is larger or deeper than the limits', () => {
    expect(refusal({ description: 'x'.repeat(SCHEMA_LIMITS.bytes) }).message).toMatch(/longer than 65536/);
    expect(refusal({ description: 'é'.repeat(SCHEMA_LIMITS.bytes / 2) }).message).toMatch(/longer than 65536 bytes/);
    expect(refusal({ enum: [nested(31)] }).message).toMatch(/deeper than 32/);
    expect(refusal({ enum: [nested(100_000)] }).message).toMatch(/deeper than 32/);
    expect(() => compileSchema({ enum: [nested(30)] })).not.toThrow();
  });

  it('that is a chain of references too long for the stack', () => {
    const definitions = times(490, (index) => [`d${index}`, { items: { $ref: `#/$defs/d${index + 1}` } }] as const);
    const schema = { $ref: '#/$defs/d0', $defs: { ...Object.fromEntries(definitions), d490: true } };
    expect(refusal(schema).message).toMatch(/nested too deeply/);
  });
});

describe('a schema is taken', () => {
  it.each<[string, Json]>([
    ['draft 2020-12 with an empty fragment', { $schema: 'https://json-schema.org/draft/2020-12/schema#' }],
    ['draft-07', { $schema: 'http://json-schema.org/draft-07/schema#', definitions: {} }],
    ['ten thousand enum values', { enum: times(10_000, (index) => index) }],
    ['a hundred alternatives', { oneOf: times(100, (index) => ({ const: index })) }],
    [
      'nine hundred properties',
      { properties: Object.fromEntries(times(900, (index) => [`p${index}`, { type: 'string' }])) },
    ],
    ['recursion into properties and items', { properties: { left: { $ref: '#' }, all: { items: { $ref: '#' } } } }],
    [
      'a dynamic reference into items',
      { $dynamicAnchor: 'node', properties: { all: { items: { $dynamicRef: '#node' } } } },
    ],
  ])('that holds %s', (_what, schema) => {
    expect(() => compileSchema(schema)).not.toThrow();
  });

  it('without being changed', () => {
    const schema = { $id: 'a', properties: { a: { $ref: '#/$defs/b', default: 1 } }, $defs: { b: { $comment: 'c' } } };
    const before = structuredClone(schema);
    compileSchema(schema);
    expect(schema).toEqual(before);
  });
});

describe('validation ends', { timeout: 30_000 }, () => {
  it.each<[string, Json, Json]>([
    [
      'where recursion doubles with each level',
      { allOf: [{ items: { $ref: '#' } }, { items: { $ref: '#' } }] },
      nested(60),
    ],
    [
      'where a chain of references doubles with each level',
      doubling(30, (ref) => ({ allOf: [{ items: ref }, { items: ref }] })),
      nested(60),
    ],
    [
      'where nine hundred subschemas go over five megabytes',
      { allOf: times(900, () => ({ maxLength: 9_000_000 })) },
      'x'.repeat(5_000_000),
    ],
    [
      'where nine hundred subschemas meet half a million items',
      { items: { allOf: times(900, () => ({ type: 'number' })) } },
      times(500_000, () => 1),
    ],
    [
      'where hundreds of patterns meet thousands of names',
      { patternProperties: Object.fromEntries(times(400, (index) => [`^x${index}`, true])) },
      Object.fromEntries(times(30_000, (index) => [`k${index}`, 1])),
    ],
    ['where a pattern meets a text too long for it', { pattern: '(a|b)*a(a|b){900}[cd]' }, 'ab'.repeat(10_000)],
    ['where half a million items fail', { items: { type: 'string' } }, times(500_000, () => 1)],
    ['where strings are compiled as patterns', { items: { format: 'regex' } }, times(2000, () => '\\p{L}'.repeat(200))],
  ])('%s', (_what, schema, input) => {
    const result = compileSchema(schema).validate(input);
    const issues = result.ok ? [] : result.issues;
    expect(issues.at(-1)).toEqual(tooCostly);
    expect(issues.length).toBeLessThanOrEqual(20);
  });

  it('where defaults make the input grow for ever', () => {
    const list = { properties: { all: { items: { $ref: '#' }, default: [{}, {}] } } };
    const message = 'is nested too deeply for its schema';
    expect(compileSchema({ properties: { child: { $ref: '#', default: {} } } }).validate({})).toEqual({
      ok: false,
      issues: [{ path: [], message }],
    });
    expect(compileSchema(list).validate({})).toEqual({ ok: false, issues: [{ path: [], message }] });
  });

  it('for a pattern that makes backtracking engines hang', () => {
    const { validate } = compileSchema({ pattern: '^(a+)+$', propertyNames: { pattern: '^(a|a)*$' } });
    expect(validate('a'.repeat(50_000))).toMatchObject({ ok: true });
    expect(validate(`${'a'.repeat(50_000)}!`)).toMatchObject({ ok: false });
    expect(validate({ [`${'a'.repeat(5000)}!`]: 1 })).toMatchObject({ ok: false });
  });

  it('for four thousand equal-looking objects that must be unique', () => {
    const { validate } = compileSchema({ uniqueItems: true });
    expect(validate(times(4000, (index) => ({ kind: 'x', index })))).toMatchObject({ ok: true });
  });

  it.each([
    'uri',
    'uri-reference',
    'uri-template',
    'url',
    'email',
    'hostname',
    'date-time',
    'duration',
    'ipv6',
    'json-pointer',
    'byte',
    'uuid',
  ])('for texts that pump the format %s', (format) => {
    const { validate } = compileSchema({ format });
    const texts = ['a', '1', '.', '-', ':', '/', 'a.', 'a-', '::', '::@', '%20', '~0'].flatMap((unit) =>
      ['', 'http://', 'https://a', 'a@', 'P'].map((prefix) => `${prefix}${unit.repeat(30_000)}\n~`),
    );
    expect(texts.filter((text) => validate(text).ok).map((text) => text.slice(0, 20))).toEqual([]);
  });

  it('and leaves the validator as good as before', () => {
    const { validate } = compileSchema({ items: { type: 'string' } });
    expect(validate(times(500_000, () => 1)).ok).toBe(false);
    expect(validate(['a'])).toEqual({ ok: true, value: ['a'] });
  });
});
