import { describe, expect, it } from 'vitest';
import type { Json } from '#libs/json-guard';
import { compileTemplate, TemplateError, type Path, type Scope } from './index.js';

const order: Json = {
  customer: { id: 'cus_1', email: 'customer@example.com' },
  items: [
    { product: 'Widget', quantity: 2, price: 1999 },
    { product: 'Gadget', quantity: 1, price: 500 },
  ],
  paid: false,
  note: null,
  'odd key': 'kept',
};

const scope: Scope = {
  input: order,
  variables: { key: 'paid' },
  steps: { 'calculate-total': { output: { total: 4857.84 } }, 'create-invoice': { output: { number: 'INV-7' } } },
  connection: { id: 'conn_1' },
  run: { id: 'run_1' },
  runId: 'run_1',
  now: '2024-01-15T10:00:00.000Z',
  item: { sku: 'A' },
  index: 3,
};

function resolve(value: Json, of: Scope = scope): Json {
  return compileTemplate(value).resolve(of);
}

function failure(run: () => unknown): TemplateError {
  try {
    run();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('expected a TemplateError');
}

function compileFailure(value: Json, path?: Path): TemplateError {
  return failure(() => compileTemplate(value, path));
}

describe('the published order example', () => {
  it('computes money exactly, as numbers', () => {
    const mapping = {
      subtotal: "{{input.items | map: 'quantity * price' | sum}}",
      tax: "{{input.items | map: 'quantity * price' | sum | times: 0.08}}",
      total: "{{input.items | map: 'quantity * price' | sum | times: 1.08}}",
    };
    expect(resolve(mapping)).toStrictEqual({ subtotal: 4498, tax: 359.84, total: 4857.84 });
  });

  it('keeps the type of a lone template and the literal dollar before one', () => {
    const config = {
      amount: '{{steps.calculate-total.output.total}}',
      subject: 'Order Confirmed - Invoice #{{steps.create-invoice.output.number}}',
      html: '<p>Total: ${{steps.calculate-total.output.total}}</p>',
      product: 'Order for {{input.items.0.product}}',
    };
    expect(resolve(config)).toStrictEqual({
      amount: 4857.84,
      subject: 'Order Confirmed - Invoice #INV-7',
      html: '<p>Total: $4857.84</p>',
      product: 'Order for Widget',
    });
  });
});

describe('a lone template', () => {
  it.each<[string, Json]>([
    ['{{input.items}}', (order as { items: Json }).items],
    ['{{ input.customer }}', { id: 'cus_1', email: 'customer@example.com' }],
    ['{{input.paid}}', false],
    ['{{input.note}}', null],
    ['{{input.items.0.quantity}}', 2],
    ['{{input.items[0].product}}', 'Widget'],
    ['{{input.items[-1].product}}', 'Gadget'],
    ['{{input.items.last.product}}', 'Gadget'],
    ['{{input.items.first.price}}', 1999],
    ['{{input.items.size}}', 2],
    ['{{input["odd key"]}}', 'kept'],
    ["{{input['odd key']}}", 'kept'],
    ['{{input[variables.key]}}', false],
    ['{{steps["calculate-total"].output.total}}', 4857.84],
    ['{{connection.id}}', 'conn_1'],
    ['{{run.id}}', 'run_1'],
    ['{{runId}}', 'run_1'],
    ['{{now}}', '2024-01-15T10:00:00.000Z'],
    ['{{item.sku}}', 'A'],
    ['{{index}}', 3],
    ['{{- input.paid -}}', false],
    ['{{ "text" }}', 'text'],
    ['{{ 1.5 }}', 1.5],
    ['{{ nil }}', null],
    ['{{ (1..3) }}', [1, 2, 3]],
    ['{{ input.items.0.quantity == 2 }}', true],
  ])('%s keeps its type', (source, expected) => {
    expect(resolve(source)).toStrictEqual(expected);
  });

  it('with text or blanks around it is text', () => {
    expect(resolve(' {{index}}')).toBe(' 3');
    expect(resolve('{{index}}{{index}}')).toBe('33');
  });
});

describe('a missing path', () => {
  it.each([
    '{{input.nope}}',
    '{{input.nope.deeper}}',
    '{{input.items.9.x}}',
    '{{nothing.at.all}}',
    '{{input.paid.x}}',
    '{{input.items[-9]}}',
  ])('%s is null, and nothing in text', (source) => {
    expect(resolve(source)).toBeNull();
    expect(resolve(`<${source}>`)).toBe('<>');
  });

  it('of a root that the scope does not have is null', () => {
    const { connection: _, item: __, index: ___, ...rest } = scope;
    expect(resolve(['{{connection.id}}', '{{item}}', '{{index}}'], rest)).toStrictEqual([null, null, null]);
  });
});

describe('text', () => {
  it('takes strings as they are and anything else as JSON', () => {
    expect(resolve('{{input.customer}}, {{input.items | map: "price"}}, {{input.paid}}, {{index}}')).toBe(
      '{"id":"cus_1","email":"customer@example.com"}, [1999,500], false, 3',
    );
  });

  it('understands loops, branches, assignments and raw text', () => {
    const list = '{% for i in input.items %}{{ i.product }}{% unless forloop.last %}, {% endunless %}{% endfor %}';
    expect(resolve(list)).toBe('Widget, Gadget');
    expect(resolve('{% if input.paid %}yes{% elsif index == 3 %}three{% else %}no{% endif %}')).toBe('three');
    expect(resolve('{% assign who = input.customer.id %}{% capture x %}<{{ who }}>{% endcapture %}{{ x }}')).toBe(
      '<cus_1>',
    );
    expect(resolve('{% case index %}{% when 3 %}three{% else %}other{% endcase %}')).toBe('three');
    expect(resolve('{% raw %}{{ input }}{% endraw %}')).toBe('{{ input }}');
    expect(resolve('a{% comment %} {{ not, parsed }} {% endcomment %}b')).toBe('ab');
  });

  it('is not looked at again: templates in the data stay data', () => {
    const data: Scope = { ...scope, input: { text: '{{runId}}' } };
    expect(resolve(['{{input.text}}', 'x {{input.text}}'], data)).toStrictEqual(['{{runId}}', 'x {{runId}}']);
  });
});

describe('a value without templates', () => {
  it('is static and resolves to one frozen copy', () => {
    const source = { a: [1, 'x', { b: null }], brace: 'a } b { c' };
    const template = compileTemplate(source);
    expect(template.isStatic).toBe(true);
    expect(template.references).toStrictEqual([]);
    expect(template.resolve(scope)).toStrictEqual(source);
    expect(template.resolve(scope)).toBe(template.resolve(scope));
    expect(Object.isFrozen((template.resolve(scope) as { a: Json }).a)).toBe(true);
    expect(Object.isFrozen(source)).toBe(false);
  });

  it('keeps object keys literal', () => {
    expect(resolve({ '{{runId}}': '{{runId}}' })).toStrictEqual({ '{{runId}}': 'run_1' });
  });
});

describe('references', () => {
  it('lists every static path once', () => {
    const value = {
      a: '{{steps.calculate-total.output.total}}',
      b: ['{{ input.items[0].product | append: variables.key }}', '{{steps.calculate-total.output.total}}'],
      c: '{% if connection.id %}{{ run.id }}{% endif %}',
    };
    expect(compileTemplate(value).references).toStrictEqual([
      ['steps', 'calculate-total', 'output', 'total'],
      ['input', 'items', '0', 'product'],
      ['variables', 'key'],
      ['connection', 'id'],
      ['run', 'id'],
    ]);
  });

  it('ends a path where it is computed, and lists what computes it', () => {
    expect(compileTemplate('{{ input.rates[variables.key].eur }}').references).toStrictEqual([
      ['variables', 'key'],
      ['input', 'rates'],
    ]);
  });

  it('leaves out names that the template makes itself', () => {
    const source = '{% assign x = steps.a.output %}{% for row in x %}{{ row.id }}{{ forloop.index }}{% endfor %}';
    expect(compileTemplate(source).references).toStrictEqual([['steps', 'a', 'output']]);
    expect(
      compileTemplate('{% for item in input.list %}{{ item.id }}{% endfor %}{{ item.id }}').references,
    ).toStrictEqual([
      ['input', 'list'],
      ['item', 'id'],
    ]);
  });
});

describe('a broken template is refused when it is compiled', () => {
  it.each<[string, number]>([
    ['Hi {{ input.name | shout }}', 3],
    ['{{ input.a b }}', 11],
    ['{{ input.a + 1 }}', 11],
    ['{{ input.a * 2 }}', 11],
    ['{{ input.a == }}', 11],
    ['{{ input.a, input.b }}', 10],
    ['{{ input.a | }}', 11],
    ['{{ input.a. }}', 10],
    ['{{ input.a[0 1] }}', 12],
    ['{{ input.a[] }}', 10],
    ['{{ input.a | append }}', 0],
    ['{{ input.a | append "x" }}', 19],
    ['{{ }}', 2],
    ['x {{ input.a', 2],
    ['{% for i in input.list | sort %}{% endfor %}', 23],
    ['{% if input.a, input.b %}{% endif %}', 13],
    ['{% if input.a %}', 0],
    ['{% endif %}', 0],
    ['{% unknown %}', 0],
    ["{{ input.items | map: 'quantity *' }}", 33],
    ["{{ input.items | sum: 'a b' }}", 25],
    ['{% case input.a %}{% when input.b %}{% endcase %}', 26],
  ])('%s', (source, position) => {
    const error = compileFailure(source);
    expect(error.code).toBe('TEMPLATE_SYNTAX');
    expect(Math.abs((error.position ?? -9) - position)).toBeLessThanOrEqual(1);
  });

  it.each([
    'include',
    'render',
    'layout',
    'block',
    'increment',
    'decrement',
    'cycle',
    'liquid',
    'echo',
    'tablerow',
    '#',
  ])('knows no tag %s', (tag) => {
    expect(compileFailure(`{% ${tag} '/etc/passwd' %}`).code).toBe('TEMPLATE_SYNTAX');
  });

  it('names where it stands', () => {
    const error = compileFailure({ body: { parts: ['fine', 'Hi {{ a | nope }}'] } }, ['steps', 2, 'config']);
    expect(error.path).toStrictEqual(['steps', 2, 'config', 'body', 'parts', 1]);
    expect(error.position).toBe(3);
    expect(error.message).toBe('undefined filter: nope');
  });
});

describe('a template that fails', () => {
  it('names where it stands', () => {
    const template = compileTemplate({ a: ['x {{ index | divided_by: 0 }}'] }, ['config']);
    const error = failure(() => template.resolve(scope));
    expect(error.code).toBe('TEMPLATE_FAILED');
    expect(error.path).toStrictEqual(['config', 'a', 0]);
    expect(error.position).toBe(2);
  });

  it('points into the arithmetic of map', () => {
    const template = compileTemplate("{{ input.items | map: 'quantity + price * product' }}");
    const error = failure(() => template.resolve(scope));
    expect(error.message).toBe('cannot calculate with text');
    expect(error.position).toBe("{{ input.items | map: '".length + 'quantity + '.length);
  });

  it('does not repeat data in its message', () => {
    const template = compileTemplate('{{ input.secret | plus: 1 }}');
    const error = failure(() => template.resolve({ ...scope, input: { secret: 'hunter2' } }));
    expect(error.message).not.toContain('hunter2');
  });
});
