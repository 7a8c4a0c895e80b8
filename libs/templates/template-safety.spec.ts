import { describe, expect, it } from 'vitest';
import type { Json } from '#libs/json-guard';
import { compileCondition, compileExpression, compileTemplate, TemplateError, type Scope } from './index.js';

const hostileKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
];

const input = JSON.parse('{"a":{"b":1},"list":[1,2],"text":"abc","__proto__":{"polluted":true}}') as Json;
const scope: Scope = { input, variables: {}, steps: {}, run: { id: 'r' }, runId: 'r', now: '2024-01-15T10:00:00.000Z' };

function resolve(source: Json, of: Scope = scope): Json {
  return compileTemplate(source).resolve(of);
}

describe('prototype keys', () => {
  it.each(hostileKeys)('%s reads nothing from any kind of value', (key) => {
    for (const path of ['input.a', 'input.list', 'input.text', 'input.a.b', 'run', 'variables']) {
      expect(resolve(`{{${path}.${key}}}`)).toBeNull();
      expect(resolve(`{{${path}["${key}"]}}`)).toBeNull();
      expect(resolve(`{{${path}.${key}.constructor | json}}`)).toBe('null');
      expect(resolve(`<{{${path}.${key}}}>`)).toBe('<>');
      expect(compileExpression(`${path}["${key}"]`).evaluate(scope)).toBeNull();
      expect(compileExpression(`${path}.${key}.x`).evaluate(scope)).toBeNull();
    }
    expect(resolve(`{{${key}}}`)).toBeNull();
    expect(resolve(`{{ input.list | map: '${key}' }}`)).toStrictEqual([null, null]);
    expect(resolve(`{{ input.list | where: '${key}' }}`)).toStrictEqual([]);
    expect(resolve(`{{ input.list | group_by: '${key}' | map: 'name' }}`)).toStrictEqual([null]);
  });

  it('that are own properties are ordinary data', () => {
    expect(resolve('{{input.__proto__.polluted}}')).toBe(true);
    const copy = resolve({ all: '{{ input | default: 1 }}' }) as { all: object };
    expect(Object.getPrototypeOf(copy.all)).toBe(Object.prototype);
    expect(Object.keys(copy.all)).toContain('__proto__');
  });

  it('in a compiled value stay own properties', () => {
    const value = JSON.parse('{"__proto__":{"x":"{{runId}}"}}') as Json;
    const result = resolve(value) as object;
    expect(JSON.stringify(result)).toBe('{"__proto__":{"x":"r"}}');
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });

  it('cannot be polluted by assign, capture, loops or grouping', () => {
    for (const key of hostileKeys) {
      resolve(`{% assign ${key} = 1 %}{% capture ${key} %}x{% endcapture %}{% for ${key} in input.list %}{% endfor %}`);
      resolve(`{% for i in input.list ${key}: 1 %}{% endfor %}{{ input.list | group_by: '${key}' }}`);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toStrictEqual([]);
    expect(Object.keys(scope)).toStrictEqual(['input', 'variables', 'steps', 'run', 'runId', 'now']);
  });
});

describe('the scope', () => {
  it('shows only its roots', () => {
    const wider = { ...scope, secret: 'x', env: { TOKEN: 'x' } };
    expect(resolve(['{{secret}}', '{{env.TOKEN}}', '{{ secret | json }}', 'a{{ env }}'], wider)).toStrictEqual([
      null,
      null,
      'null',
      'a',
    ]);
  });

  it('never has a function called, should one stray into it', () => {
    let calls = 0;
    const trap = (): string => {
      calls += 1;
      return 'called';
    };
    const unsafe = { ...scope, input: { trap, toLiquid: trap, list: [trap] } } as unknown as Scope;
    expect(resolve('{{ input.trap }}', unsafe)).toBeNull();
    expect(resolve('{{ input.trap | default: "safe" }}', unsafe)).toBe('safe');
    expect(resolve('x{% for f in input.list %}{{ f }}{% endfor %}{{ input.toLiquid.x }}', unsafe)).toBe('x');
    expect(compileExpression('input.trap').evaluate(unsafe)).toBeNull();
    expect(calls).toBe(0);
  });

  it('is left as it was', () => {
    const frozen = JSON.stringify(scope);
    resolve('{% assign input = 1 %}{{ input }}{% assign x = input.list | push: 3 | reverse %}');
    resolve('{{ input.list | sort | reverse | concat: input.list | pop | shift }}');
    expect(JSON.stringify(scope)).toBe(frozen);
  });
});

describe('data is never code', () => {
  const data: Scope = { ...scope, input: { rows: [{ a: 2 }], expression: 'a * 100', path: '{{runId}}' } };

  it('in the argument of map and sum', () => {
    expect(resolve('{{ input.rows | map: input.expression }}', data)).toStrictEqual([null]);
    expect(resolve('{{ input.rows | sum: input.expression }}', data)).toBe(0);
  });

  it('in either side of a condition', () => {
    expect(compileCondition({ left: '{{input.path}}', operator: 'eq', right: 'r' }).test(data)).toBe(false);
    expect(compileCondition('{{input.path}} == "{" ').test(data)).toBe(false);
  });

  it('in text that looks like the end of a string', () => {
    const quote: Scope = { ...scope, input: { name: '" == "" or "' } };
    expect(compileCondition('"{{input.name}}" == "x"').test(quote)).toBe(false);
    expect(compileCondition('{{input.name}} == "x"').test(quote)).toBe(false);
  });
});

describe('filters from our list only', () => {
  it.each(['where_exp', 'group_by_exp', 'find_exp', 'has_exp', 'reject_exp', 'sample', 'inspect', 'raw', 'jsonify'])(
    'not %s',
    (filter) => {
      expect(() => compileTemplate(`{{ input | ${filter}: 'x' }}`)).toThrow(TemplateError);
    },
  );

  it('bound by what JSON can hold, odd keys included', () => {
    const odd = JSON.parse('{"toString":1,"valueOf":2,"toJSON":3,"length":"9","then":1,"next":1}') as Json;
    const of: Scope = { ...scope, input: { odd, list: [odd, odd] } };
    expect(resolve('{{ input.odd | append: "!" }}', of)).toBe(`${JSON.stringify(odd)}!`);
    expect(resolve('{{ input.list | join: ";" }}', of)).toBe(`${JSON.stringify(odd)};${JSON.stringify(odd)}`);
    expect(resolve('{{ input.list | sort | size }}', of)).toBe(2);
    expect(resolve('{{ input.odd | size }}', of)).toBe(6);
    expect(resolve('{{ input.odd }}', of)).toStrictEqual(odd);
  });
});
