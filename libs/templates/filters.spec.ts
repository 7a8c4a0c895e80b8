import { describe, expect, it } from 'vitest';
import type { Json } from '#libs/json-guard';
import { compileTemplate, TemplateError, type Scope } from './index.js';

const scope: Scope = {
  input: {
    rows: [
      { name: 'b', price: 19.99, count: 3, kind: { id: 'x' }, tags: ['new'] },
      { name: 'A', price: 5, count: 1, kind: { id: 'y' }, tags: [] },
      { name: 'c', price: null, kind: { id: 'x' } },
    ],
    text: ' Hello, World ',
    price: '19.99',
    zero: 0,
    empty: '',
    list: [3, 1, 2],
  },
  variables: { kind: 'x', field: 'name' },
  steps: {},
  run: { id: 'r' },
  runId: 'r',
  now: '2024-01-15T10:00:00.000Z',
};

function value(expression: string): Json {
  return compileTemplate(`{{ ${expression} }}`).resolve(scope);
}

function failure(expression: string): string {
  try {
    value(expression);
    return 'none';
  } catch (error) {
    return error instanceof TemplateError ? error.code : String(error);
  }
}

describe('number filters', () => {
  it.each<[string, number]>([
    ['0.1 | plus: 0.2', 0.3],
    ['0.3 | minus: 0.1', 0.2],
    ['19.99 | times: 3', 59.97],
    ['10 | divided_by: 4', 2.5],
    ['10 | divided_by: 4, true', 2],
    ['-7 | modulo: 3', 2],
    ['2.345 | round: 2', 2.35],
    ['2.5 | round', 3],
    ['1.2 | ceil', 2],
    ['1.8 | floor', 1],
    ['-3 | abs', 3],
    ['3 | at_least: 5', 5],
    ['3 | at_most: 2', 2],
    ['1.9 | to_integer', 1],
    ['input.price | times: 2', 39.98],
    ['input.nope | plus: 1', 1],
    ['nil | times: 5', 0],
    ['input.rows | sum: "count"', 4],
    ['input.list | sum', 6],
    ['input.nope | sum', 0],
  ])('%s is %d', (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });

  it.each([
    '"a" | plus: 1',
    '1 | plus: "x"',
    '1 | divided_by: 0',
    '1 | modulo: 0',
    'true | times: 2',
    'input.list | plus: 1',
    '1 | round: 99',
    'input.rows | sum: "name"',
  ])('%s fails', (expression) => {
    expect(failure(expression)).toBe('TEMPLATE_FAILED');
  });
});

describe('map and sum', () => {
  it.each<[string, Json]>([
    ["input.rows | map: 'name'", ['b', 'A', 'c']],
    ["input.rows | map: 'kind.id'", ['x', 'y', 'x']],
    ["input.rows | map: 'tags.0'", ['new', null, null]],
    ["input.rows | map: 'nope'", [null, null, null]],
    ['input.rows | map: variables.field', ['b', 'A', 'c']],
    ['input.rows | map: \'name == "A"\'', [false, true, false]],
    ["input.rows | slice: 0, 2 | map: 'price * count'", [59.97, 5]],
    ["input.rows | slice: 0, 2 | map: 'round(price) + max(count, 2) - abs(0 - 1)'", [22, 6]],
    ["input.rows | slice: 0, 2 | sum: 'price * count'", 64.97],
    ["input.rows | map: 'price ? price * 2 : 0'", [39.98, 10, 0]],
    ["input.nope | map: 'a * b'", []],
    ["input.rows.first | map: 'count'", [3]],
  ])('%s', (expression, expected) => {
    expect(value(expression)).toStrictEqual(expected);
  });

  it('fails where an element lacks a number', () => {
    expect(failure("input.rows | map: 'price * count'")).toBe('TEMPLATE_FAILED');
    expect(failure("input.list | map: 'a * 2'")).toBe('TEMPLATE_FAILED');
  });

  it('calls only the numeric functions, with as many arguments as they take', () => {
    for (const call of ['toString()', 'constructor(1)', 'round()', 'abs(1, 2)', 'name.trim()', 'eval(1)', 'a.b(1)'])
      expect(failure(`input.rows | map: '${call}'`)).toBe('TEMPLATE_SYNTAX');
  });
});

describe('list filters', () => {
  it.each<[string, Json]>([
    ["input.rows | where: 'kind.id', variables.kind | map: 'name'", ['b', 'c']],
    ["input.rows | where: 'price' | map: 'name'", ['b', 'A']],
    ["input.rows | reject: 'kind.id', 'x' | map: 'name'", ['A']],
    ["input.rows | where: 'price', nil | map: 'name'", ['c']],
    ["input.rows | find: 'name', 'A' | json", '{"name":"A","price":5,"count":1,"kind":{"id":"y"},"tags":[]}'],
    ["input.rows | find: 'name', 'z'", null],
    ["input.rows | find_index: 'name', 'c'", 2],
    ["input.rows | has: 'name', 'z'", false],
    ["input.rows | has: 'name', 'c'", true],
    ["input.rows | sort: 'price' | map: 'name'", ['A', 'b', 'c']],
    ["input.rows | sort: 'name' | map: 'name'", ['A', 'b', 'c']],
    ["input.rows | sort_natural: 'name' | map: 'name'", ['A', 'b', 'c']],
    ["input.rows | group_by: 'kind.id' | map: 'name'", ['x', 'y']],
    ['input.list | sort', [1, 2, 3]],
    ['input.list | reverse | first', 2],
    ['input.list | concat: input.list | uniq | size', 3],
    ['input.list | push: 4 | last', 4],
    ['input.list | join: "-"', '3-1-2'],
    ['input.rows | map: "tags" | join', '["new"] [] '],
    ['input.rows | map: "price" | compact | size', 2],
    ['input.list | slice: 1, 2', [1, 2]],
    ['input.text | size', 14],
    ['input | size', 6],
    ['input.nope | size', 0],
  ])('%s', (expression, expected) => {
    expect(value(expression)).toStrictEqual(expected);
  });
});

describe('text filters', () => {
  it.each<[string, Json]>([
    ['input.text | strip | upcase', 'HELLO, WORLD'],
    ['input.text | strip | split: ", "', ['Hello', 'World']],
    ['input.text | strip | replace: "l", "L" | remove: "o"', 'HeLLo, WorLd'.replaceAll('o', '')],
    ['"a" | append: input.list | prepend: nil', 'a[3,1,2]'],
    ['input.rows.first.kind | append: ""', '{"id":"x"}'],
    ['"<b>&" | escape', '&lt;b&gt;&amp;'],
    ['"a b" | url_encode', 'a+b'],
    ['"hi" | base64_encode | base64_decode', 'hi'],
    ['"hi" | sha256', '8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4'],
    ['"one two three" | truncatewords: 2', 'one two...'],
    ['input.rows.first.kind | json', '{"id":"x"}'],
    ['input.nope | json', 'null'],
    ['input.list | json: 1', '[\n 3,\n 1,\n 2\n]'],
    ['now | date: "%Y-%m-%d %H:%M"', '2024-01-15 10:00'],
    ['"now" | date: "%Y"', '2024'],
    ['now | date: "%H:%M", "Europe/Berlin"', '11:00'],
    ['now | date: "%A %B"', 'Monday January'],
    ['input.nope | date: "%Y"', null],
  ])('%s', (expression, expected) => {
    expect(value(expression)).toStrictEqual(expected);
  });

  it('fail on text they cannot read', () => {
    expect(failure('"%E0%A4%A" | url_decode')).toBe('TEMPLATE_FAILED');
    expect(failure('"!!" | base64_decode')).toBe('TEMPLATE_FAILED');
    expect(failure('now | date: "%H", "Nowhere/Land"')).toBe('TEMPLATE_FAILED');
  });
});

describe('default', () => {
  it.each<[string, Json]>([
    ['input.nope | default: 5', 5],
    ['input.empty | default: "x"', 'x'],
    ['input.zero | default: 5', 0],
    ['false | default: 1', 1],
    ['false | default: 1, allow_false: true', false],
    ['input.rows.last.tags | default: input.list', [3, 1, 2]],
  ])('%s', (expression, expected) => {
    expect(value(expression)).toStrictEqual(expected);
  });
});

describe('comparisons in templates', () => {
  it.each<[string, Json]>([
    ['input.price > 19', true],
    ['input.zero < nil', false],
    ['input.nope == nil', true],
    ['input.empty == empty', true],
    ['input.rows.first.kind == input.rows.last.kind', true],
    ['input.text contains "World"', true],
    ['input.list contains 2', true],
    ['input.nope contains 2', false],
    ['"b" > "a" and 2 >= 2', true],
    ['input.list < 5', false],
    ['not input.zero', true],
  ])('%s is %s', (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });
});
