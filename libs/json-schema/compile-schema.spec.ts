import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Json, JsonObject } from '#libs/json-guard';

import { compileSchema } from './compile-schema.js';
import type { Issue } from './issues.js';

/** The input schema of the API trigger contract. */
const invoice = {
  type: 'object',
  required: ['customerId', 'amount'],
  properties: {
    customerId: { type: 'string', pattern: '^cus_[a-zA-Z0-9]+$' },
    amount: { type: 'number', minimum: 100 },
    currency: { type: 'string', enum: ['usd', 'eur', 'gbp'], default: 'usd' },
  },
};

function issuesOf(schema: Json, input: Json): Issue[] {
  const result = compileSchema(schema).validate(input);
  return result.ok ? [] : result.issues;
}

describe('the input schema of the contract', () => {
  const { validate } = compileSchema(invoice);

  it('answers a missing field with its name and the word Required', () => {
    expect(validate({ amount: 9900 })).toEqual({ ok: false, issues: [{ path: ['customerId'], message: 'Required' }] });
  });

  it('fills in the default and keeps unknown fields', () => {
    const input = { customerId: 'cus_xxx', amount: 9900, note: 'kept' };
    expect(validate(input)).toEqual({ ok: true, value: { ...input, currency: 'usd' } });
  });

  it('does not change the input', () => {
    const input = { customerId: 'cus_xxx', amount: 9900 };
    validate(input);
    expect(input).toEqual({ customerId: 'cus_xxx', amount: 9900 });
  });

  it('says for each wrong field what it must be', () => {
    expect(validate({ customerId: 'xxx', amount: 1, currency: 'chf' })).toEqual({
      ok: false,
      issues: [
        { path: ['customerId'], message: 'must match pattern "^cus_[a-zA-Z0-9]+$"' },
        { path: ['amount'], message: 'must be at least 100' },
        { path: ['currency'], message: 'must be one of usd, eur, gbp' },
      ],
    });
  });

  it('answers for each input anew', () => {
    expect(validate({}).ok).toBe(false);
    expect(validate({ customerId: 'cus_1', amount: 100 }).ok).toBe(true);
    expect(validate({}).ok).toBe(false);
  });
});

describe('defaults', () => {
  it('gives back the input itself when the schema has none', () => {
    const input = { a: [1] };
    expect(compileSchema({ type: 'object' }).validate(input)).toStrictEqual({ ok: true, value: input });
  });

  it('fills nested objects and gives each input its own', () => {
    const { validate } = compileSchema({ properties: { to: { properties: { tags: { default: [] } } } } });
    const first = validate({ to: {} });
    if (first.ok) (first.value as { to: { tags: Json[] } }).to.tags.push('mine');
    expect(first).toEqual({ ok: true, value: { to: { tags: ['mine'] } } });
    expect(validate({ to: {} })).toEqual({ ok: true, value: { to: { tags: [] } } });
  });
});

describe('messages', () => {
  it.each<[JsonObject, Json, string]>([
    [{ type: 'string' }, 1, 'must be a string'],
    [{ type: ['integer', 'null'] }, 'x', 'must be an integer or null'],
    [{ type: ['string', 'array', 'object'] }, 1, 'must be a string, an array or an object'],
    [{ enum: ['a', 1, null, { b: 2 }] }, 'z', 'must be one of a, 1, null, {"b":2}'],
    [
      { enum: Array.from({ length: 30 }, (_, index) => index) },
      'z',
      'must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, …',
    ],
    [{ const: 'v1' }, 'v2', 'must be v1'],
    [{ minimum: 100 }, 99, 'must be at least 100'],
    [{ maximum: 100 }, 101, 'must be at most 100'],
    [{ exclusiveMinimum: 0 }, 0, 'must be greater than 0'],
    [{ exclusiveMaximum: 1 }, 1, 'must be less than 1'],
    [{ multipleOf: 0.01 }, 0.005, 'must be a multiple of 0.01'],
    [{ minLength: 1 }, '', 'must have at least 1 character'],
    [{ maxLength: 2 }, 'abc', 'must have at most 2 characters'],
    [{ minItems: 2 }, [], 'must have at least 2 items'],
    [{ maxItems: 0 }, [1], 'must have at most 0 items'],
    [{ prefixItems: [true], items: false }, [1, 2], 'must have at most 1 item'],
    [{ uniqueItems: true }, [1, 2, 1], 'must not hold an item twice: items 0 and 2 are equal'],
    [{ contains: { type: 'string' } }, [], 'must have at least 1 matching "contains"'],
    [{ contains: true, maxContains: 1 }, [1, 2], 'must have at least 1 and at most 1 matching "contains"'],
    [{ minProperties: 1 }, {}, 'must have at least 1 property'],
    [{ maxProperties: 0 }, { a: 1 }, 'must have at most 0 properties'],
    [{ format: 'email' }, 'x', 'must be an email address'],
    [{ format: 'json-pointer' }, 'x', 'must be in the format "json-pointer"'],
    [{ not: { type: 'string' } }, 'x', 'must not match the schema in "not"'],
    [
      { oneOf: [true, { type: 'string' }] },
      'x',
      'must match only one of the alternatives in "oneOf": it matches numbers 0 and 1',
    ],
  ])('of %j for %j', (schema, input, message) => {
    expect(issuesOf(schema, input)).toEqual([{ path: [], message }]);
  });

  it('name a property that is not allowed', () => {
    const schema = { properties: { a: true }, additionalProperties: false };
    expect(issuesOf({ properties: { in: schema } }, { in: { a: 1, b: 2 } })).toEqual([
      { path: ['in', 'b'], message: 'is not allowed' },
    ]);
    expect(issuesOf({ allOf: [{ properties: { a: true } }], unevaluatedProperties: false }, { a: 1, b: 2 })).toEqual([
      { path: ['b'], message: 'is not allowed' },
    ]);
    expect(issuesOf({ properties: { a: false } }, { a: 1 })).toEqual([{ path: ['a'], message: 'is not allowed' }]);
  });

  it('name a property whose name is not allowed, and why', () => {
    expect(issuesOf({ propertyNames: { maxLength: 2 } }, { abc: 1 })).toEqual([
      { path: ['abc'], message: 'is not an allowed property name: it must have at most 2 characters' },
    ]);
  });

  it('answer every alternative of anyOf, and that none fits', () => {
    expect(issuesOf({ anyOf: [{ required: ['a'] }, { type: 'null' }] }, {})).toEqual([
      { path: ['a'], message: 'Required' },
      { path: [], message: 'must be null' },
      { path: [], message: 'must match at least one of the alternatives in "anyOf"' },
    ]);
  });

  it('leave out that "if" led to "then"', () => {
    expect(issuesOf(JSON.parse('{"if":{"required":["a"]},"then":{"required":["b"]}}') as Json, { a: 1 })).toEqual([
      { path: ['b'], message: 'Required' },
    ]);
  });

  it('are given once each, and twenty at most', () => {
    expect(issuesOf({ allOf: [{ required: ['a'] }, { required: ['a'] }] }, {})).toHaveLength(1);
    expect(
      issuesOf(
        { items: { type: 'string' } },
        Array.from({ length: 100_000 }, () => 1),
      ),
    ).toHaveLength(20);
  });
});

describe('paths', () => {
  it('hold numbers for the items of arrays and strings for everything else', () => {
    const item = { properties: { 'a/b~c': { type: 'string' }, 0: { type: 'string' } } };
    expect(issuesOf({ properties: { items: { items: item } } }, { items: [{}, { 'a/b~c': 1, 0: 1 }] })).toEqual([
      { path: ['items', 1, '0'], message: 'must be a string' },
      { path: ['items', 1, 'a/b~c'], message: 'must be a string' },
    ]);
  });
});

describe('keywords', () => {
  it.each<[string, JsonObject, Json, Json]>([
    ['dependentRequired', { dependentRequired: { card: ['address'] } }, { card: 1, address: 2 }, { card: 1 }],
    ['dependencies of earlier drafts', { dependencies: { card: ['address'] } }, { address: 2 }, { card: 1 }],
    ['dependentSchemas', { dependentSchemas: { a: { required: ['b'] } } }, { b: 1 }, { a: 1 }],
    ['definitions of earlier drafts', { definitions: { a: { type: 'null' } }, $ref: '#/definitions/a' }, null, 1],
    ['$anchor', { $defs: { a: { $anchor: 'x', type: 'null' } }, $ref: '#x' }, null, 1],
    ['escaped names in references', { $defs: { 'a/b c%': { type: 'null' } }, $ref: '#/$defs/a~1b%20c%25' }, null, 1],
    [
      'references by the root $id',
      { $id: 'https://example.com/s', $defs: { a: { type: 'null' } }, $ref: 'https://example.com/s#/$defs/a' },
      null,
      1,
    ],
    [
      'references to the root',
      { properties: { child: { $ref: '#' }, name: { type: 'string' } } },
      { child: { name: 'x' } },
      { child: { name: 1 } },
    ],
    [
      'references to any subschema',
      { properties: { a: { type: 'null' }, b: { $ref: '#/properties/a' } } },
      { b: null },
      { b: 1 },
    ],
    ['references to false', { $defs: { no: false }, properties: { a: { $ref: '#/$defs/no' } } }, {}, { a: 1 }],
    ['$ref beside other keywords', { $defs: { a: { type: 'string' } }, $ref: '#/$defs/a', minLength: 2 }, 'ab', 'a'],
    [
      '$ref and $dynamicRef together',
      {
        $defs: { a: { minLength: 2 }, b: { $dynamicAnchor: 'b', maxLength: 3 } },
        $ref: '#/$defs/a',
        $dynamicRef: '#b',
      },
      'ab',
      'abcd',
    ],
    [
      'unevaluatedProperties across references',
      { $defs: { a: { properties: { a: true } } }, $ref: '#/$defs/a', unevaluatedProperties: false },
      { a: 1 },
      { b: 1 },
    ],
    ['multipleOf of cents', { multipleOf: 0.01 }, 19.99, 19.999],
    [
      'uniqueItems by value',
      { uniqueItems: true },
      [{ a: 1 }, { a: '1' }, [], {}],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
    ['characters, not code units', { maxLength: 1 }, '\u{1f600}', 'ab'],
    ['unicode patterns', { pattern: '^\\p{Lu}\\u00e9$' }, 'Aé', 'aé'],
  ])('%s', (_name, schema, valid, invalid) => {
    const { validate } = compileSchema(schema);
    expect(validate(valid)).toEqual({ ok: true, value: valid });
    expect(validate(invalid).ok).toBe(false);
  });

  it.each<[string, string, string]>([
    ['date-time', '2025-01-31T09:30:00Z', '2025-01-31 '],
    ['date', '2024-02-29', '2025-02-29'],
    ['email', 'ada@example.com', 'ada@'],
    ['uri', 'https://example.com/a?b#c', '/a'],
    ['url', 'https://example.com', 'gopher://example.com'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123'],
    ['byte', 'AAAA', '!!\nAAAA'],
    ['regex', '^a{3}$', '(?=a)'],
  ])('format %s', (format, valid, invalid) => {
    const { validate } = compileSchema({ format });
    expect([validate(valid).ok, validate(invalid).ok]).toEqual([true, false]);
  });

  it('ignores formats and keywords that it does not know', () => {
    expect(issuesOf({ format: 'shoe-size', 'x-order': 1, $async: true, title: 'T' }, 'x')).toEqual([]);
  });

  it('reads true as anything and false as nothing', () => {
    expect(issuesOf(true, 1)).toEqual([]);
    expect(issuesOf(false, 1)).toEqual([{ path: [], message: 'is not allowed' }]);
  });
});

describe('names that every object inherits', () => {
  const names = ['toString', 'constructor', 'hasOwnProperty', '__proto__', 'valueOf'];

  it.each(names)('%s is missing until the input has it itself', (name) => {
    expect(issuesOf({ required: [name] }, {})).toEqual([{ path: [name], message: 'Required' }]);
    expect(issuesOf({ required: [name] }, JSON.parse(`{"${name}":1}`) as Json)).toEqual([]);
  });

  it.each(names.filter((name) => name !== '__proto__'))('%s is a property like any other', (name) => {
    const schema = { properties: { [name]: { type: 'string' } }, additionalProperties: false };
    expect(issuesOf(schema, {})).toEqual([]);
    expect(issuesOf(schema, { [name]: 'x' })).toEqual([]);
    expect(issuesOf(schema, { [name]: 1 })).toEqual([{ path: [name], message: 'must be a string' }]);
    expect(issuesOf({ additionalProperties: false }, { [name]: 1 })).toEqual([
      { path: [name], message: 'is not allowed' },
    ]);
    expect(issuesOf({ dependentRequired: { [name]: ['a'] } }, {})).toEqual([]);
  });

  it('pollute nothing', () => {
    compileSchema({ properties: { constructor: { properties: { prototype: { default: 1 } } } } }).validate({
      constructor: {},
    });
    expect(({} as { prototype?: number }).prototype).toBeUndefined();
  });
});

describe('any JSON value', () => {
  it('satisfies the schema that says only its type', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
        expect(issuesOf({ type }, value as Json)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('satisfies const of itself, and uniqueItems alone but not twice', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const json = JSON.parse(JSON.stringify(value)) as Json;
        expect(issuesOf({ const: json }, json)).toEqual([]);
        expect(issuesOf({ uniqueItems: true }, [json, [json, 1]])).toEqual([]);
        expect(issuesOf({ uniqueItems: true }, [json, json])).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });
});
