import { describe, expect, it } from 'vitest';
import type { Json } from '#libs/json-guard';
import { compileCondition, compileExpression, compileTemplate, TemplateError, type Scope } from './index.js';

const many = Array.from({ length: 300_000 }, () => 1);
const scope: Scope = {
  input: {
    many,
    other: [...many.slice(1), 2],
    rows: Array.from({ length: 50_000 }, (_, i) => ({ a: i % 7, b: i / 100 })),
    object: Object.fromEntries(Array.from({ length: 80_000 }, (_, i) => [`k${i}`, i])),
    text: 'x'.repeat(1_000_000),
    periodic: 'a'.repeat(1_000_000),
    needle: `${'a'.repeat(250_000)}b${'a'.repeat(250_000)}`,
  },
  variables: {},
  steps: {},
  run: { id: 'r' },
  runId: 'r',
  now: '2024-01-15T10:00:00.000Z',
};

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'none';
  } catch (error) {
    return error instanceof TemplateError ? error.code : `not a TemplateError: ${String(error)}`;
  }
}

function resolving(value: Json): string {
  return codeOf(() => compileTemplate(value).resolve(scope));
}

/** Each of these would take seconds to hours, or gigabytes, without limits. */
describe('a bomb stops with TEMPLATE_LIMIT', () => {
  it.each<[string, Json]>([
    ['a loop over a billion', '{% for i in (1..1000000000) %}x{% endfor %}'],
    ['a loop over five million empty bodies', '{% for i in (1..5000000) %}{% endfor %}'],
    ['nested loops', `${'{% for i in (1..4000) %}'.repeat(3)}x${'{% endfor %}'.repeat(3)}`],
    ['30 doublings', `{% assign a = "xxxxxxxxxx" %}${'{% assign a = a | append: a %}'.repeat(30)}{{ a }}`],
    ['30 captured doublings', `${'{% capture a %}{{ a }}xx{{ a }}{% endcapture %}'.repeat(30)}{{ a }}`],
    ['a captured loop', `{% capture a %}{% for i in (1..100000) %}${'x'.repeat(50_000)}{% endfor %}{% endcapture %}`],
    ['a replacement in every character', '{{ input.text | replace: "x", input.text }}'],
    ['100 MB of output', '{% for i in (1..100) %}{{ input.text }}{% endfor %}'],
    ['twice the text that fits', '{{ input.text }}{{ input.text }}'],
    ['twice the text that fits, over two strings', ['a{{ input.text }}', 'b{{ input.text }}']],
    ['a computed string that is too long', '{{ input.text | append: input.text }}'],
    ['a periodic replace', '{{ input.periodic | replace: input.needle, "" }}'],
    ['a periodic split', '{{ input.periodic | split: input.needle }}'],
    ['a periodic remove_last', '{{ input.periodic | remove_last: input.needle }}'],
    ['a periodic contains', '{% if input.periodic contains input.needle %}{% endif %}'],
    ['comparisons of lists', `{{ ${'input.many == input.other or '.repeat(60)}false }}`],
    ['counts of keys', `{{ ${'input.object.size or '.repeat(80)}false }}`],
    ['counts of keys as arguments', `{{ 1 | round: 2${', input.object.size'.repeat(80)} }}`],
    ['a chain of sorts', `{{ input.many${' | sort'.repeat(60)} }}`],
    ['a chain of rejects', `{{ input.many${' | reject: "b"'.repeat(100)} }}`],
    ['a chain of reversals', `{{ input.many${' | reverse'.repeat(100)} }}`],
    ['a chain of encodings', `{{ input.text${' | url_encode'.repeat(145)} | size }}`],
    ['arithmetic on a long list', `{{ input.rows | map: '${'a * b * 3.3 + '.repeat(40)}1' | sum }}`],
    ['a padded date', '{{ now | date: "%1000000000d" }}'],
    ['a large value repeated', Array.from({ length: 2_000 }, () => '{{ input.rows }}')],
    ['a large value repeated by concat', `{{ input.rows${' | concat: input.rows'.repeat(60)} }}`],
    ['slow strings, many of them', Array.from({ length: 100 }, () => '{% for i in (1..100000) %}x{% endfor %}')],
  ])('%s', (_, value) => {
    expect(resolving(value)).toBe('TEMPLATE_LIMIT');
  });

  it.each<[string, string]>([
    ['too long', `{{ input }}${'x'.repeat(100_000)}`],
    ['too many placeholders', '{{a}}'.repeat(1_001)],
    ['too long a placeholder', `{{ input.a${' | strip'.repeat(300)} }}`],
    ['a path of 2,000 characters', `{{input${'.a'.repeat(1_000)}}}`],
    ['nested brackets', `{{ input${'[input'.repeat(40_000)} }}`],
  ])('already when compiled: %s', (_, source) => {
    expect(codeOf(() => compileTemplate(source))).toBe('TEMPLATE_LIMIT');
  });

  it('in expressions too', () => {
    const searches = ['input.needle in input.periodic', 'input.periodic contains input.needle'];
    const slow = [
      `${'(2 in input.many) or '.repeat(190)}false`,
      `${'(input.many == input.other) or '.repeat(120)}false`,
    ];
    for (const source of [...searches, ...slow])
      expect(codeOf(() => compileExpression(source).evaluate(scope))).toBe('TEMPLATE_LIMIT');
    const deep = ['('.repeat(2_000), '['.repeat(2_000), '!'.repeat(3_000), 'not '.repeat(900), '-'.repeat(3_000)];
    for (const source of [...deep, 'a?'.repeat(1_500), '1+'.repeat(2_001)])
      expect(codeOf(() => compileExpression(source))).toBe('TEMPLATE_LIMIT');
  });

  it('over all parts of a condition together', () => {
    const part = { left: '{{ input.many | sort | size }}', operator: 'eq', right: 0 };
    expect(codeOf(() => compileCondition({ or: Array.from({ length: 100 }, () => part) }).test(scope))).toBe(
      'TEMPLATE_LIMIT',
    );
  });

  it('for a pattern whose program times the text is too much', () => {
    const condition = { left: '{{input.text}}', operator: 'matches', right: '(\\pL?){1000}[12]' };
    expect(codeOf(() => compileCondition(condition).test(scope))).toBe('TEMPLATE_LIMIT');
  });
});

describe('what is within the limits works', () => {
  it('nested tags, long text, long lists, long sums', () => {
    const nested = `${'{% if true %}'.repeat(100)}x${'{% endif %}'.repeat(100)}`;
    expect(compileTemplate(nested).resolve(scope)).toBe('x');
    expect(compileTemplate('{{ input.text }}').resolve(scope)).toHaveLength(1_000_000);
    expect(compileTemplate('<{{ input.text }}>').resolve(scope)).toHaveLength(1_000_002);
    expect(compileTemplate('{{ input.many }}').resolve(scope)).toHaveLength(300_000);
    expect(compileExpression(`0${'+1'.repeat(1_900)}`).evaluate(scope)).toBe(1_900);
  });

  it('source that is only broken fails as syntax, however long', () => {
    for (const source of ['{{'.repeat(40_000), '{%'.repeat(40_000), `{% raw %}${'{% endraw '.repeat(9_000)}`])
      expect(codeOf(() => compileTemplate(source))).toBe('TEMPLATE_SYNTAX');
    expect(codeOf(() => compileExpression('"'.repeat(3_999)))).toBe('EXPRESSION_SYNTAX');
  });

  it('a value 64 deep compiles and resolves', () => {
    let value: Json = '{{runId}}';
    for (let depth = 0; depth < 64; depth += 1) value = depth % 2 === 0 ? [value] : { value };
    expect(JSON.stringify(compileTemplate(value).resolve(scope))).toContain('"r"');
  });
});
