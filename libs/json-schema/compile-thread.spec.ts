import { describe, expect, it } from 'vitest';

import { assertSchemaCompiles } from './assert-schema-compiles.js';
import { CompileThread } from './compile-thread.js';
import { SchemaError } from './schema-error.js';

const slow = {
  patternProperties: Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`p${index}`, { type: 'string' }])),
};

describe('CompileThread', { timeout: 60_000 }, () => {
  const thread = new CompileThread(60_000);

  it('compiles schemas one after the other in one thread', async () => {
    const schemas = [true, { type: 'object' }, slow, { pattern: '^a{3}$' }];
    await expect(Promise.all(schemas.map((schema) => thread.compile(schema)))).resolves.toHaveLength(4);
  });

  it('answers what is wrong with a schema, and goes on with the next', async () => {
    const wrong = thread.compile({ properties: { a: { pattern: '(?=x)' } } });
    const right = thread.compile({ type: 'string' });
    await expect(wrong).rejects.toMatchObject({ name: 'SchemaError', path: ['properties', 'a', 'pattern'] });
    await expect(right).resolves.toBeUndefined();
  });

  it('is killed when the time is up, and starts anew for the next schema', async () => {
    const hasty = new CompileThread(1);
    await expect(hasty.compile(slow)).rejects.toThrow(/takes too long to compile/);
    await expect(hasty.compile(slow)).rejects.toThrow(SchemaError);
  });
});

describe('assertSchemaCompiles', { timeout: 60_000 }, () => {
  it.each([
    ['a small schema', { type: 'object', required: ['a'] }],
    ['a schema with counted patterns', { pattern: '^[0-9]{4}-[0-9]{2}$' }],
    ['a large schema', slow],
    ['true', true],
  ])('takes %s', async (_what, schema) => {
    await expect(assertSchemaCompiles(schema)).resolves.toBeUndefined();
  });

  it.each([
    ['not a schema', { type: 'strin' }, ['type']],
    ['a small schema with a bad pattern', { pattern: '(' }, ['pattern']],
    [
      'a large schema with a bad pattern',
      { ...slow, properties: { a: { pattern: '\\1' } } },
      ['properties', 'a', 'pattern'],
    ],
  ])('refuses %s', async (_what, schema, path) => {
    await expect(assertSchemaCompiles(schema)).rejects.toMatchObject({ name: 'SchemaError', path });
  });
});
