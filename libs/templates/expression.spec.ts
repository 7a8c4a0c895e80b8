import { describe, expect, it } from 'vitest';
import type { Json } from '#libs/json-guard';
import { compileExpression, TemplateError, type Scope } from './index.js';

const scope: Scope = {
  input: {
    amount: 6000,
    price: '19.99',
    currency: 'usd',
    tags: ['vip', 'new'],
    items: [{ price: 1999, quantity: 2 }],
    'odd key': 1,
    flag: false,
    zero: 0,
    steps: { a: 5 },
    b: 2,
  },
  variables: { key: 'amount' },
  steps: { 'calculate-total': { output: { total: 10 } }, b: { output: { x: 4 } } },
  run: { id: 'r' },
  runId: 'r',
  now: '2024-01-15T10:00:00.000Z',
};

function evaluate(source: string): Json {
  return compileExpression(source).evaluate(scope);
}

function failure(source: string): TemplateError {
  try {
    evaluate(source);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`${source} did not fail`);
}

describe('an expression', () => {
  it.each<[string, Json]>([
    ['{{input.amount}} > 5000 && {{input.currency}} === "usd"', true],
    ['input.amount > 5000 and input.currency == "usd"', true],
    ['input.amount < 5000 || input.currency != "usd"', false],
    ['{{ input.amount | plus: 1 }} == 6001', true],
    ['{{input.items}}', [{ price: 1999, quantity: 2 }]],
    ['"{{input.currency}}" == "usd"', true],
    ["'{{input.amount}} {{input.currency}}' == '6000 usd'", true],
    ['"{{input.amount}}"', '6000'],
    ['{{input.nope}} == null', true],
    ['input.nope === undefined', true],
    ['{{"}}"}} == "}}"', true],
  ])('%s', (source, expected) => {
    expect(evaluate(source)).toStrictEqual(expected);
  });

  it.each<[string, Json]>([
    ['input.items.0.price', 1999],
    ['input.items[0].price', 1999],
    ['input.items[-1].price', 1999],
    ['input["items"][0]["price"]', 1999],
    ['input[variables.key]', 6000],
    ['(input.items)[0].price', 1999],
    ['input["odd key"]', 1],
    ['input?.items?.size', 1],
    ['input.currency.size', 3],
    ['steps.calculate-total.output.total - 3', 7],
    ['steps["calculate-total"].output.total', 10],
    ['input.steps.a-input.b', 3],
    ['input.nope.deeper[0]', null],
    ['run.id', 'r'],
  ])('reads the path %s', (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });

  it.each<[string, Json]>([
    ['0.1 + 0.2 == 0.3', true],
    ['1 + 2 * 3 - 4 / 8', 6.5],
    ['(1 + 2) * 3', 9],
    ['-7 % 3', -1],
    ['input.price * 3', 59.97],
    ['"2" + "3"', 5],
    ['-input.amount', -6000],
    ['+input.price', 19.99],
    ['1e3 + .5', 1000.5],
  ])('calculates in decimals: %s', (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });

  it.each<[string, Json]>([
    ['"6000" == input.amount', true],
    ['"6e3" == input.amount', true],
    ['"abc" == 1', false],
    ['input.price < 20', true],
    ['"b" > "a"', true],
    ['"10" < "9"', true],
    ['"10" < 9', false],
    ['null == 0', false],
    ['null == false', false],
    ['"" == null', false],
    ['true == 1', false],
    ['[1, [2]] == [1, [2]]', true],
    ['input.items == [1]', false],
    ['2 >= 2', true],
    ['2 !== 2', false],
  ])('compares %s', (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });

  it.each<[string, Json]>([
    ['"vip" in input.tags', true],
    ['"old" not in input.tags', true],
    ['input.tags contains "new"', true],
    ['"sd" in input.currency', true],
    ['input.currency contains "eur"', false],
    ['input.amount in [5000, "6000"]', true],
    ['not ("vip" in input.tags)', false],
  ])('looks inside: %s', (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });

  it.each<[string, Json]>([
    ['not input.amount == 3', true],
    ['!input.amount == 3', false],
    ['not input.flag and not input.zero', true],
    ['not not input.amount', true],
    ['true or false and false', true],
    ['(true or false) and false', false],
    ['input.nope or "fallback"', 'fallback'],
    ['input.zero || 5', 5],
    ['input.zero && input.nope.x', 0],
    ['input.flag and 1 / 0', false],
    ['input.amount > 1 ? "big" : "small"', 'big'],
    ['input.flag ? 1 : input.zero ? 2 : 3', 3],
    ['[] ? "lists are true" : "no"', 'lists are true'],
    ['"a\\nb"', 'a\nb'],
  ])('decides %s', (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });

  it('lists what it reads', () => {
    const source =
      '{{ input.amount | plus: variables.x }} > steps.calculate-total.output.total or input[variables.key].y';
    expect(compileExpression(source).references).toStrictEqual([
      ['input', 'amount'],
      ['variables', 'x'],
      ['steps', 'calculate-total', 'output', 'total'],
      ['input'],
      ['variables', 'key'],
    ]);
    expect(compileExpression('"{{run.id}}" == "x"').references).toStrictEqual([['run', 'id']]);
  });
});

describe('an expression that cannot be decided fails with its position', () => {
  it.each<[string, number]>([
    ['input.nope < 3', 0],
    ['true and input.nope > 3', 9],
    ['null >= null', 0],
    ['input.tags > 1', 0],
    ['true < false', 0],
    ['"abc" > 1', 0],
    ['1 + input.nope', 0],
    ['1 + "x"', 0],
    ['2 * (1 + true)', 4],
    ['1 / 0', 0],
    ['5 % input.zero', 0],
    ['-input.currency', 0],
    ['1e308 * 10', 0],
    ['"x" in input.nope', 0],
    ['"x" in input', 0],
    ['5 in "text"', 0],
    ['input.amount == 1 or {{ input.currency | plus: 1 }}', 21],
  ])('%s', (source, position) => {
    const error = failure(source);
    expect(error.code).toBe('EXPRESSION_FAILED');
    expect(error.position).toBe(position);
  });
});

describe('what is not in the language is refused with its position', () => {
  it.each<[string, number]>([
    ['', 0],
    ['input.amount = 3', 13],
    ['input.amount => 3', 13],
    ['input.currency == usd', 18],
    ['amount > 5', 0],
    ['constructor', 0],
    ['this', 0],
    ['globalThis.process', 0],
    ['input.currency.toUpperCase()', 0],
    ['abs(3)', 0],
    ['(1, 2)', 0],
    ['1, 2', 3],
    ['1 2', 2],
    ['(1', 2],
    ['1 +', 3],
    ['[1,,2]', 0],
    ['input.amount & 1', 0],
    ['2 ** 3', 0],
    ['~1', 0],
    ['input ?? 1', 0],
    ['`x`', 0],
    ['/x/', 0],
    ['{a: 1}', 0],
    ['new Date', 4],
    ['1e999', 0],
    ['"open', 5],
    ['1 == {{input.a', 5],
    ['1 == {{input.a | nope}}', 5],
    ['1 == "{{input.a | nope}}"', 6],
    ['{{input.a}}.b', 12],
    ['input.x++', 9],
    ['not', 3],
  ])('%s', (source, position) => {
    const error = failure(source);
    expect(error.code).toBe('EXPRESSION_SYNTAX');
    expect(error.position).toBe(position);
  });

  it('names the path it was given', () => {
    expect(() => compileExpression('1 +', ['steps', 0, 'if'])).toThrow(
      expect.objectContaining({ path: ['steps', 0, 'if'], code: 'EXPRESSION_SYNTAX' }),
    );
  });
});
