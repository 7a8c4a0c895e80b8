import { describe, expect, it } from 'vitest';
import type { Json } from '#libs/json-guard';
import { compileCondition, TemplateError, type Scope } from './index.js';

const scope: Scope = {
  input: {
    amount: 6000,
    currency: 'usd',
    tags: ['vip'],
    none: null,
    empty: '',
    email: 'a@b.co',
    object: {},
    pattern: '^u',
  },
  variables: {},
  steps: {},
  run: { id: 'r' },
  runId: 'r',
  now: '2024-01-15T10:00:00.000Z',
};

function test(condition: Json): boolean {
  return compileCondition(condition).test(scope);
}

function failure(condition: Json): TemplateError {
  try {
    compileCondition(condition, ['config', 'when']).test(scope);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('the structured form', () => {
  it.each<[Json, string, Json, boolean]>([
    ['{{input.amount}}', 'eq', 6000, true],
    ['{{input.amount}}', 'eq', '6000', true],
    ['{{input.amount}}', 'ne', 6000, false],
    ['{{input.amount}}', 'gt', 5000, true],
    ['{{input.amount}}', 'gte', '{{input.amount}}', true],
    ['{{input.amount}}', 'lt', '5000', false],
    ['{{input.amount}}', 'lte', 6000, true],
    ['{{input.currency}}', 'eq', 'usd', true],
    ['{{input.none}}', 'eq', null, true],
    ['{{input.tags}}', 'contains', 'vip', true],
    ['{{input.currency}}', 'contains', 'sd', true],
    ['{{input.currency}}', 'startsWith', 'us', true],
    ['{{input.currency}}', 'endsWith', 'us', false],
    ['{{input.currency}}', 'in', ['usd', 'eur'], true],
    ['{{input.currency}}', 'notIn', ['usd', 'eur'], false],
    ['vip', 'in', '{{input.tags}}', true],
    ['{{input.email}}', 'matches', '^[^@]+@[^@]+\\.[a-z]+$', true],
    ['{{input.currency}}', 'matches', '{{input.pattern}}', true],
    ['{{input.currency}}', 'matches', 'sd', true],
    ['{{input.none}}', 'exists', true, false],
    ['{{input.none}}', 'exists', false, true],
    ['{{input.empty}}', 'isEmpty', true, true],
    ['Invoice {{input.amount}}', 'eq', 'Invoice 6000', true],
  ])('%j %s %j is %s', (left, operator, right, expected) => {
    expect(test({ left, operator, right })).toBe(expected);
  });

  it('needs no right side for exists and isEmpty', () => {
    expect(test({ left: '{{input.amount}}', operator: 'exists' })).toBe(true);
    expect(test({ left: '{{input.nope}}', operator: 'exists' })).toBe(false);
    for (const path of ['none', 'empty', 'object', 'nope'])
      expect(test({ left: `{{input.${path}}}`, operator: 'isEmpty' })).toBe(true);
    for (const path of ['amount', 'tags']) expect(test({ left: `{{input.${path}}}`, operator: 'isEmpty' })).toBe(false);
  });

  it('composes with and, or, not and lists, expressions included', () => {
    const yes = { left: 1, operator: 'eq', right: 1 };
    const no = 'input.amount < 0';
    expect(test({ and: [yes, yes] })).toBe(true);
    expect(test({ and: [yes, no] })).toBe(false);
    expect(test({ or: [no, yes] })).toBe(true);
    expect(test({ or: [no, no] })).toBe(false);
    expect(test({ not: no })).toBe(true);
    expect(test([yes, { not: { or: [no, { and: [no, yes] }] } }])).toBe(true);
    expect(test([true, false])).toBe(false);
  });

  it('stops at the first answer', () => {
    expect(test({ or: [true, '1 / 0 == 1'] })).toBe(true);
    expect(test({ and: [false, '1 / 0 == 1'] })).toBe(false);
  });

  it('lists what all its parts read, once', () => {
    const condition = compileCondition({
      and: [
        { left: '{{steps.a.output.x}}', operator: 'eq', right: '{{input.amount}}' },
        { or: ['steps.a.output.x > 1', '{{variables.v}} == 1'] },
      ],
    });
    expect(condition.references).toStrictEqual([
      ['steps', 'a', 'output', 'x'],
      ['input', 'amount'],
      ['variables', 'v'],
    ]);
  });
});

describe('the expression form', () => {
  it('counts any value as true or false', () => {
    expect(test('{{input.amount}} > 5000 && {{input.currency}} === "usd"')).toBe(true);
    expect(test('{{input.amount}}')).toBe(true);
    expect(test('{{input.nope}}')).toBe(false);
    expect(test('input.empty')).toBe(false);
    expect(test('input.tags')).toBe(true);
  });
});

describe('a condition that cannot be decided fails', () => {
  it.each<[Json, string, Json]>([
    ['{{input.nope}}', 'gt', 5],
    ['{{input.tags}}', 'lt', 5],
    ['{{input.currency}}', 'gt', 5],
    ['{{input.nope}}', 'contains', 'x'],
    ['{{input.amount}}', 'startsWith', '6'],
    ['{{input.nope}}', 'matches', 'x'],
    ['{{input.currency}}', 'matches', '{{input.amount}}'],
    ['a', 'in', '{{input.nope}}'],
    ['a', 'exists', 'yes'],
  ])('%j %s %j', (left, operator, right) => {
    const error = failure({ or: [{ left, operator, right }] });
    expect(error.code).toBe('EXPRESSION_FAILED');
    expect(error.path).toStrictEqual(['config', 'when', 'or', 0]);
  });

  it('with a dynamic pattern that is not understood', () => {
    expect(() => compileCondition({ left: 'a', operator: 'matches', right: '{{input.email}}(' }).test(scope)).toThrow(
      expect.objectContaining({ code: 'EXPRESSION_FAILED' }),
    );
  });
});

describe('a condition that is not understood is refused', () => {
  it.each<[string, Json, (string | number)[]]>([
    ['an unknown operator', { left: 1, operator: 'equals', right: 1 }, ['operator']],
    ['an inherited name as operator', { left: 1, operator: 'constructor', right: 1 }, ['operator']],
    ['an operator that is no name', { left: 1, operator: 5, right: 1 }, ['operator']],
    ['no left side', { operator: 'eq', right: 1 }, ['left']],
    ['no right side', { left: 1, operator: 'eq' }, ['right']],
    ['an unknown part', { left: 1, operator: 'eq', right: 1, and: [] }, ['and']],
    ['an empty object', {}, ['operator']],
    ['an empty list', { or: [] }, ['or']],
    ['no list', { and: 'true' }, ['and']],
    ['null', { not: null }, ['not']],
    ['a number', [1], [0]],
    ['a broken expression', ['true', '1 +'], [1]],
    ['a broken pattern', { left: 'a', operator: 'matches', right: '(' }, ['right']],
    ['a look-ahead', { left: 'a', operator: 'matches', right: '(?=a)' }, ['right']],
    ['a back-reference', { left: 'a', operator: 'matches', right: '(a)\\1' }, ['right']],
  ])('%s', (_, condition, path) => {
    const error = failure(condition);
    expect(error.code).toBe('EXPRESSION_SYNTAX');
    expect(error.path).toStrictEqual(['config', 'when', ...path]);
  });

  it('a broken template names its side', () => {
    const error = failure({ left: 'x {{ a | nope }}', operator: 'eq', right: 1 });
    expect(error).toMatchObject({ code: 'TEMPLATE_SYNTAX', path: ['config', 'when', 'left'], position: 2 });
  });
});

describe('patterns', () => {
  it('match in linear time', () => {
    const left = `${'a'.repeat(50_000)}b`;
    expect(test({ left, operator: 'matches', right: '^(a+)+$' })).toBe(false);
  });
});
