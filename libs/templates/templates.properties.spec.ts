import * as fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Json } from '#libs/json-guard';
import { compileCondition, compileExpression, compileTemplate, TemplateError, type Scope } from './index.js';

/** As it comes from JSON.parse: no -0, and `__proto__` as an own property. */
const json = fc.json({ maxDepth: 4 }).map((text) => JSON.parse(text) as Json);
const paths = fc.constantFrom(
  'input',
  'input.a',
  'input.a.0',
  'input["b c"]',
  'variables.a',
  'steps.x-1.output',
  'item',
  'nope',
);
const filter = fc.constantFrom(
  'sum', 'size', 'sort', 'json', 'first', 'last', 'uniq', 'compact', 'reverse', 'join', 'upcase', 'strip', 'abs', 'round',
  'default: 1', 'plus: 1', 'times: 1.5', 'divided_by: input.a', "map: 'a'", "map: 'a * b'", "sum: 'a.b'", "where: 'a'",
  "where: 'a', 1", "group_by: 'a'", "find: 'b'", 'append: input', 'split: ","', 'replace: "a", item', 'slice: 1, 2',
  'date: "%Y"', 'concat: input', 'truncate: 5', 'url_decode', 'base64_decode',
); // prettier-ignore
const operator = fc.constantFrom(
  '==',
  '!=',
  '<',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  'and',
  '||',
  'in',
  'not in',
  'contains',
);
const scopes = fc
  .record({ input: json, a: json, output: json, item: json })
  .map(({ input, a, output, item }): Scope => ({
    input,
    variables: { a },
    steps: { 'x-1': { output } },
    run: { id: 'r' },
    runId: 'r',
    now: '2024-01-15T10:00:00.000Z',
    item,
  }));

/** What `run` ends with: its value, or the TemplateError it threw; nothing else may be thrown. */
function outcome<T>(run: () => T): T | TemplateError {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

function isJson(value: Json): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value);
}

describe('for any scope', () => {
  it('a lone template returns an equal value, and text holds its JSON', () => {
    fc.assert(
      fc.property(scopes, (scope) => {
        expect(compileTemplate('{{input}}').resolve(scope)).toStrictEqual(scope.input);
        expect(compileTemplate('{{ input | compact | json }}').resolve({ ...scope, input: [scope.input, 0] })).toBe(
          JSON.stringify([scope.input, 0].filter((value) => value !== null)),
        );
        const text =
          scope.input === null ? '' : typeof scope.input === 'string' ? scope.input : JSON.stringify(scope.input);
        expect(compileTemplate('<{{ input }}>').resolve(scope)).toBe(`<${text}>`);
      }),
    );
  });

  it('a path reads the same directly, through Liquid and in an expression', () => {
    const segment = fc.constantFrom(
      '.a',
      '.0',
      '[0]',
      '[-1]',
      '["a"]',
      '.size',
      '.first',
      '.last',
      '.length',
      '.constructor',
      '.b',
    );
    fc.assert(
      fc.property(scopes, fc.array(segment, { maxLength: 4 }), (scope, segments) => {
        const path = `input${segments.join('')}`;
        const direct = compileTemplate(`{{${path}}}`).resolve(scope);
        expect(compileTemplate(`{% assign x = ${path} %}{{ x | json }}`).resolve(scope)).toBe(JSON.stringify(direct));
        expect(compileExpression(path).evaluate(scope)).toStrictEqual(direct);
      }),
    );
  });

  it('any chain of filters yields JSON or a TemplateError', () => {
    fc.assert(
      fc.property(scopes, paths, fc.array(filter, { maxLength: 4 }), (scope, path, filters) => {
        const value = outcome(() => compileTemplate(`{{ ${[path, ...filters].join(' | ')} }}`).resolve(scope));
        expect(value instanceof TemplateError || isJson(value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('any expression of known parts yields JSON or a TemplateError, and a condition a boolean', () => {
    const operand = fc.oneof(
      paths,
      paths.map((path) => `{{${path}}}`),
      json.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(scopes, fc.array(fc.tuple(operand, operator), { maxLength: 4 }), operand, (scope, parts, last) => {
        const source = `${parts.map(([left, sign]) => `${left} ${sign} `).join('')}${last}`;
        const value = outcome(() => compileExpression(source).evaluate(scope));
        expect(value instanceof TemplateError || isJson(value)).toBe(true);
        const answer = outcome(() => compileCondition(source).test(scope));
        expect(answer instanceof TemplateError || typeof answer === 'boolean').toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('for any source', () => {
  const pieces = fc.constantFrom(
    '{{',
    '}}',
    '{%',
    '%}',
    ' if ',
    ' for ',
    'endfor',
    'raw',
    'input',
    '.a',
    '[',
    ']',
    '|',
    ':',
    '"',
    "'",
    '(',
    ')',
    '..',
    '==',
    '-',
    ' ',
    '1',
    'map',
    ',',
  );
  const source = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  const scope: Scope = {
    input: { a: [1] },
    variables: {},
    steps: {},
    run: { id: 'r' },
    runId: 'r',
    now: '2024-01-15T10:00:00.000Z',
  };

  it('templates, expressions and conditions compile or throw a TemplateError, and resolve or throw one', () => {
    fc.assert(
      fc.property(source, (text) => {
        expect(() => outcome(() => compileTemplate({ text, lone: `{{${text}}}` }).resolve(scope))).not.toThrow();
        expect(() => outcome(() => compileExpression(text).evaluate(scope))).not.toThrow();
        const condition = { left: text, operator: 'matches', right: text };
        expect(() => outcome(() => compileCondition(condition).test(scope))).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });

  it('a JSON value as condition compiles or throws a TemplateError', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(() => outcome(() => compileCondition(value).test(scope))).not.toThrow();
      }),
    );
  });

  it('a value without braces is static and resolves to itself', () => {
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(!/\{[{%]/.test(JSON.stringify(value)));
        const template = compileTemplate(value);
        expect(template.isStatic).toBe(true);
        expect(template.resolve(scope)).toStrictEqual(value);
      }),
    );
  });
});
