import { describe, expect, it } from 'vitest';
import type { Json } from '#libs/json-guard';
import { translateBlockReferences } from './block-references.js';
import type { Scope } from './scope.js';
import { compileTemplate } from './template.js';

const IDS = new Map([
  ['start', 'start'],
  ['My Agent', 'b-1'],
  ['b-1', 'b-1'],
]);
const translate = (value: Json) => translateBlockReferences(value, (name) => IDS.get(name));
const scope: Scope = {
  input: { text: 'in' },
  variables: { text: 'var' },
  steps: {
    start: { output: { output: { name: 'Ada', items: [{ price: 3 }], 'a b': 1 } } },
    'b-1': { output: { output: 'hello', usage: { total_tokens: 7 } } },
  },
  run: { id: 'r' },
  runId: 'r',
  now: '2026-11-22T10:00:00.000Z',
};
const resolve = (value: Json) => compileTemplate(translate(value)).resolve(scope);

describe('block references', () => {
  it.each<[Json, Json]>([
    ['<start.output.name>', 'Ada'],
    ['<start.output>', { name: 'Ada', items: [{ price: 3 }], 'a b': 1 }],
    ['<start.output.items.0.price>', 3],
    ['Hello <start.output.name>!', 'Hello Ada!'],
    ['<My Agent.output> (<b-1.usage.total_tokens>)', 'hello (7)'],
    ['{{variables.text}}: <My Agent.output>', 'var: hello'],
    ['<start.output.nope>', null],
    [{ deep: ['<start.output.name>', 5, null] }, { deep: ['Ada', 5, null] }],
  ])('%j is %j', (value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  it.each([
    '<div.card>',
    '<p>',
    'a < b.c > d',
    'start.output.a <start.output.b and start.output.c> 3',
    '0 <start.output.n and start.output.n> 1',
    '0 < start.output.n and start.output.n > 10',
    '<start.output >',
    '<start>',
    '<start.output.x"y>',
    '<start.\\>',
    '{{ "<start.output>" }}',
    '<>',
  ])('leaves %s as it is', (text) => {
    expect(translate(text)).toBe(text);
  });

  it('takes time in proportion to the text', () => {
    const text = '<start.output'.repeat(20_000);
    expect(translate(text)).toBe(text);
    expect(translate('<'.repeat(100_000))).toBe('<'.repeat(100_000));
    expect(translate(`<${'{{'.repeat(500_000)}`)).toBe(`<${'{{'.repeat(500_000)}`);
  });
});
