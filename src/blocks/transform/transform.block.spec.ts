import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { findIssues } from '../../platform/http/index.js';
import { TransformBlock } from './transform.block.js';

const type = new TransformBlock();
const run = (mapping: JsonObject, input: JsonObject) => {
  const block = compileAlone(type, { config: { mapping } });
  return block.run(block.resolve(aScope({ input })), aContext());
};

describe('transform', () => {
  it('computes money exactly', () => {
    const items = [
      { quantity: 2, price: 1999 },
      { quantity: 1, price: 500 },
    ];
    const sum = "input.items | map: 'quantity * price' | sum";
    const mapping = { subtotal: `{{${sum}}}`, tax: `{{${sum} | times: 0.08}}`, total: `{{${sum} | times: 1.08}}` };
    expect(run(mapping, { items })).toEqual({ kind: 'done', output: { subtotal: 4498, tax: 359.84, total: 4857.84 } });
  });

  it('fills in templates at any depth and keeps the rest', () => {
    const mapping = { customer: { id: '{{input.id}}', tags: ['new', '{{input.tag}}'] }, n: 1, gone: '{{input.nope}}' };
    expect(run(mapping, { id: 7, tag: 'vip' })).toEqual({
      kind: 'done',
      output: { customer: { id: 7, tags: ['new', 'vip'] }, n: 1, gone: null },
    });
  });

  it('shows the resolved mapping as its input', () => {
    const block = compileAlone(type, { config: { mapping: { id: '{{input.id}}' } } });
    expect(block.resolve(aScope({ input: { id: 7 } }))).toEqual({ mapping: { id: 7 } });
  });

  it('needs a mapping', () => {
    expect(() => compileAlone(type, { config: {} })).toThrow('Required');
    expect(findIssues(type.config, { mapping: [] })).toMatchObject([{ path: ['mapping'] }]);
  });
});

const reshape = (config: JsonObject, source: Json) => {
  const block = compileAlone(type, { config: { sourceData: '{{input.source}}', ...config } });
  return block.run(block.resolve(aScope({ input: { source, rate: 2 } })), aContext());
};
const PERSON = {
  first_name: 'ada',
  contact: { mails: [' Ada@Example.COM ', 'x'], phone: '(555) 123-4567' },
  age: '36',
};

describe('transform by rules', () => {
  it('maps fields of the source, with conversions and defaults', () => {
    const mappingRules = [
      { source: 'first_name', target: 'name.first', transform: 'capitalize' },
      { source: '$.contact.mails[0]', target: 'emails.0', transform: 'email' },
      { source: 'age', target: 'age', transform: 'number' },
      { source: 'age', target: 'born', transform: 'date' },
      { source: 'nope', target: 'country', default: 'DE' },
      { source: '$', target: 'original' },
    ];
    expect(reshape({ action: 'map', mappingRules }, PERSON)).toEqual({
      kind: 'done',
      output: {
        name: { first: 'Ada' },
        emails: { 0: 'ada@example.com' },
        age: 36,
        born: null,
        country: 'DE',
        original: PERSON,
      },
    });
    expect(reshape({ action: 'map', mappingRules, strict: true }, PERSON)).toMatchObject({
      kind: 'failed',
      error: { code: 'TRANSFORM_FAILED', message: 'born is no date' },
    });
  });

  it('normalizes fields and leaves what it cannot read', () => {
    const normalizations = [
      { field: 'contact.phone', type: 'phone' },
      { field: 'contact.mails.0', type: 'email' },
      { field: 'contact.mails.1', type: 'email' },
      { field: 'gone', type: 'email' },
    ];
    expect(reshape({ action: 'normalize', normalizations }, PERSON)).toMatchObject({
      output: { contact: { mails: ['ada@example.com', 'x'], phone: '5551234567' } },
    });
    expect(reshape({ normalizations, strict: true }, PERSON)).toMatchObject({
      error: { message: 'contact.mails.1 is no email' },
    });
  });

  it('adds computed fields', () => {
    const config = { action: 'enrich', mapping: { double: '{{input.source.n | times: input.rate}}' } };
    expect(reshape(config, { n: 4 })).toEqual({ kind: 'done', output: { n: 4, double: 8 } });
  });

  it('fails on what does not hold, or answers it where it only validates', () => {
    const rules = {
      validationRules: [
        { field: 'age', rule: 'min', value: 18 },
        { field: 'mail', rule: 'required', message: 'A mail address is needed' },
        { field: 'mail', rule: 'email' },
      ],
      targetSchema: { type: 'object', properties: { plan: { default: 'free' } } },
    };
    expect(reshape(rules, { age: 3 })).toMatchObject({
      kind: 'failed',
      error: { message: 'age must be at least 18; A mail address is needed' },
    });
    expect(reshape({ ...rules, action: 'validate' }, { age: 3 })).toMatchObject({
      output: { valid: false, errors: ['age must be at least 18', 'A mail address is needed'], data: { age: 3 } },
    });
    expect(reshape(rules, { age: 20, mail: 'a@example.com' })).toMatchObject({
      kind: 'done',
      output: { age: 20, plan: 'free' },
    });
  });

  it('does the same to each element of a list, and names the one that is wrong', () => {
    const rules = { validationRules: [{ field: 'n', rule: 'number' }] };
    expect(reshape({ mappingRules: [{ source: 'n', target: 'm' }] }, [{ n: 1 }, { n: 2 }])).toMatchObject({
      output: [{ m: 1 }, { m: 2 }],
    });
    expect(reshape(rules, [{ n: 1 }, { n: 'x' }])).toMatchObject({
      error: { message: '1: n must be a valid number' },
    });
    expect(reshape(rules, 'text')).toMatchObject({ error: { message: /sourceData must be an object/ } });
  });

  it.each([
    [{ mappingRules: [{ source: '', target: 'a' }] }, ['mappingRules', 0, 'source']],
    [{ mappingRules: [{ source: 'a', target: 'b', transform: 'magic' }] }, ['mappingRules', 0, 'transform']],
    [{ normalizations: [{ field: 'a', type: 'magic' }] }, ['normalizations', 0, 'type']],
    [{ validationRules: [{ field: 'a', rule: 'magic' }] }, ['validationRules', 0, 'rule']],
    [{ action: 'guess' }, ['action']],
  ])('refuses %j', (bad, path) => {
    expect(findIssues(type.config, { sourceData: '{{input}}', ...bad })).toMatchObject([{ path }]);
  });

  it.each([
    [{ mappingRules: [{ source: 'a.__proto__.b', target: 'a' }] }, 'must name a field'],
    [{ validationRules: [{ field: 'a', rule: 'min' }] }, 'rule "min" needs a number'],
    [
      { validationRules: [{ field: 'a', rule: 'pattern', value: '(?=x)' }] },
      'rule "pattern" has a value that cannot be used',
    ],
    [{ targetSchema: { type: 'nope' } }, 'type'],
  ])('does not compile %j', (bad, message) => {
    expect(() => compileAlone(type, { config: { sourceData: '{{input}}', ...bad } })).toThrow(message);
  });

  it('needs a source for its rules', () => {
    expect(() => compileAlone(type, { config: { mappingRules: [] } })).toThrow('is needed by mappingRules');
  });
});
