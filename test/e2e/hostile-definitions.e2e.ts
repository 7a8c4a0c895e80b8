import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow, echoStep, type StepBody, workflowBody } from '../factories/workflow.js';
import {
  type Answer,
  type ApiClient,
  type Problem,
  type RunAcceptedDto,
  type RunDto,
  whenOver,
  type WorkflowDto,
} from '../support/api.js';
import { expectCalm } from '../support/calm.js';
import { type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

/** A run, or why there is none. */
type RunAnswer = Omit<Problem, 'status'> & RunDto;

let bed: TestBed;
let sink: Sink;
let api: ApiClient;

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('hostile', { env: { OUTBOUND_ALLOW: '127.0.0.0/8' } });
  ({ api } = await bed.guest());
});
afterAll(async () => {
  await expectCalm(bed);
  await bed.close();
  await sink.close();
});

const transform = (id: string, mapping: object): StepBody => ({ id, type: 'transform', config: { mapping } });
const save = (body: object) =>
  api.post<Omit<Problem, 'status'> & WorkflowDto>('/api/v1/workflows', workflowBody(body as { name?: string }));
const run = (id: string, input: object = {}) => api.post<RunAnswer>(`/api/v1/workflows/${id}/run?wait=20`, { input });

/** Runs these steps; the run ends, whatever they do. */
async function outcome(steps: StepBody[], input: object = {}): Promise<RunDto> {
  const { id } = await aWorkflow(api, { steps });
  const answer = await run(id, input);
  expect(answer.status, answer.text.slice(0, 500)).toBe(200);
  return answer.body;
}

/** Either refused at once with the pointer, or saved and answered in good time whatever the input. */
async function expectHarmless(inputSchema: unknown, input: object): Promise<Answer<RunAnswer> | null> {
  const saved = await save({ inputSchema });
  if (saved.status === 400) {
    expect(saved.body.errors?.[0]?.pointer).toMatch(/^\/inputSchema/);
    return null;
  }
  expect(saved.status).toBe(201);
  await api.post(`/api/v1/workflows/${saved.body.id}/activate`);
  const answer = await run(saved.body.id, input);
  expect([200, 400]).toContain(answer.status);
  return answer;
}

const property = (schema: object) => ({ type: 'object', properties: { a: schema } });

describe('a pattern that would take a backtracking engine for ever', () => {
  it.each([
    ['^(a+)+$', 'a'.repeat(50_000) + '!'],
    ['^(a|a)*$', 'a'.repeat(50_000) + '!'],
    ['^(a|aa)+$', 'a'.repeat(50_000) + '!'],
    ['(x+x+)+y', 'x'.repeat(50_000)],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(50_000)],
  ])('%s is matched in linear time', async (pattern, text) => {
    const { id } = await aWorkflow(api, { inputSchema: property({ type: 'string', pattern }) });
    const bad = await run(id, { a: text });
    expect([bad.status, bad.body.errors?.[0]?.pointer]).toEqual([400, '/a']);
    if (pattern.startsWith('^(a')) expect((await run(id, { a: 'aaaa' })).status).toBe(200);
  });

  it.each([
    '^(?=a)',
    '(?!a)b',
    '(?<=a)b',
    '(a)\\1',
    '(?<n>a)\\k<n>',
    '(((',
    '[z-a]',
    'a{1000}{1000}',
    '(a{1,1000}){1,1000}',
  ])('%s is refused', async (pattern) => {
    for (const schema of [property({ pattern }), { patternProperties: { [pattern]: true } }]) {
      const answer = await save({ inputSchema: schema });
      expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([
        400,
        expect.stringMatching(/^\/inputSchema\/(properties\/a\/pattern|patternProperties)/),
      ]);
    }
  });

  it('is harmless in an expression and in a property name too', async () => {
    const matching = (right: string): StepBody => ({
      id: 'c',
      type: 'condition',
      config: { condition: { left: '{{input.a}}', operator: 'matches', right } },
    });
    expect((await outcome([matching('^(a+)+$')], { a: 'a'.repeat(50_000) + '!' })).output).toEqual({ result: false });
    const { id } = await aWorkflow(api, { inputSchema: { patternProperties: { '^(a+)+$': { type: 'string' } } } });
    expect((await run(id, { ['a'.repeat(20_000) + '!']: 1 })).status).toBe(200);
  });
});

describe('a schema', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 31 }, (_, i) => [
      `d${i}`,
      i === 30 ? { type: 'string' } : { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
    ]),
  );
  const deep = (depth: number): object => (depth === 0 ? {} : { items: deep(depth - 1) });

  it.each<[string, unknown, object]>([
    [
      'of 10,000 alternatives',
      property({ anyOf: Array.from({ length: 10_000 }, (_, i) => ({ const: i })) }),
      { a: -1 },
    ],
    ['that doubles with every reference', { ...property({ $ref: '#/$defs/d0' }), $defs: doubling }, { a: 1 }],
    ['that refers to itself', { $ref: '#' }, { a: { a: {} } }],
    [
      'that refers to itself by another',
      { $defs: { x: { $ref: '#/$defs/y' }, y: { $ref: '#/$defs/x' } }, $ref: '#/$defs/x' },
      {},
    ],
    [
      'that refers to itself dynamically',
      { $dynamicAnchor: 'n', properties: { a: { $dynamicRef: '#n' } } },
      { a: { a: { a: {} } } },
    ],
    [
      'of unique items',
      property({ type: 'array', uniqueItems: true }),
      { a: Array.from({ length: 4_000 }, (_, i) => ({ i, x: [i] })) },
    ],
    ['of 1,000 levels', property(deep(60)), { a: [[[]]] }],
    ['of 100 KB', property({ enum: Array.from({ length: 10_000 }, (_, i) => `value ${i}`) }), { a: 'x' }],
    ['of many errors', property({ items: { type: 'string' } }), { a: Array.from({ length: 50_000 }, () => 1) }],
    ['with a huge bound', property({ minItems: 1e308, maxLength: 1e308, multipleOf: 1e-308 }), { a: 1e308 }],
    ['with a format that is costly elsewhere', property({ format: 'email' }), { a: `${'a@'.repeat(20_000)}!` }],
    ['with a URI', property({ format: 'uri' }), { a: `http://${'a.'.repeat(20_000)}` }],
    ['with a default of a prototype', property({ default: { constructor: { prototype: { polluted: 1 } } } }), {}],
  ])('%s is refused or harmless', async (_name, schema, input) => {
    const answer = await expectHarmless(schema, input);
    expect(answer?.body.errors?.length ?? 0).toBeLessThanOrEqual(20);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['$ref', '$id', '$schema', '$dynamicRef'])('never makes the server fetch a %s', async (keyword) => {
    for (const at of [{ [keyword]: `${sink.url}/schema` }, property({ [keyword]: `${sink.url}/schema.json#/x` })]) {
      await expectHarmless(at, { a: 1 });
    }
    expect(sink.at('/schema')).toEqual([]);
    expect(sink.at('/schema.json')).toEqual([]);
  });

  it('asks for own members only', async () => {
    const names = ['toString', 'constructor', 'hasOwnProperty', 'valueOf'];
    const { id } = await aWorkflow(api, {
      inputSchema: { type: 'object', required: names, properties: { toString: { type: 'string' } } },
    });
    const answer = await run(id, {});
    expect(answer.body.errors).toEqual(expect.arrayContaining([{ pointer: '/toString', message: 'Required' }]));
    expect((await run(id, { toString: 'x', constructor: 1, hasOwnProperty: 2, valueOf: 3 })).status).toBe(200);
  });

  it('of the output is as harmless', async () => {
    const refused = await save({ outputSchema: property({ pattern: '(?=x)' }) });
    expect(refused.body.errors?.[0]?.pointer).toBe('/outputSchema/properties/a/pattern');
    const { id } = await aWorkflow(api, {
      outputSchema: property({ pattern: '^(a+)+$' }),
      steps: [transform('t', { a: '{{input.a}}' })],
    });
    expect((await run(id, { a: 'a'.repeat(50_000) + '!' })).body).toMatchObject({
      status: 'failed',
      error: { code: 'OUTPUT_INVALID' },
    });
  });
});

describe('a template that would take all time or memory', () => {
  const limit = { code: 'TEMPLATE_LIMIT' };
  const big = { list: Array.from({ length: 2_000 }, (_, i) => i), text: 'x'.repeat(500_000) };

  it.each<[string, string]>([
    ['counts to a thousand million', '{% for i in (1..1000000000) %}{{ i }}{% endfor %}'],
    [
      'loops within loops',
      '{% for a in input.list %}{% for b in input.list %}{% for c in input.list %}{{ c }}{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['loops for nothing', '{% for a in (1..50000000) %}{% endfor %}'],
    ['doubles a text', `{% assign a = input.text %}${'{% assign a = a | append: a %}'.repeat(30)}{{ a }}`],
    ['doubles a list', `{% assign a = input.list %}${'{% assign a = a | concat: a %}'.repeat(30)}{{ a | size }}`],
    ['replaces every letter by the text', "{{ input.text | replace: 'x', input.text }}"],
    ['joins with the text', '{{ input.list | join: input.text }}'],
    ['splits into letters and joins with the text', "{{ input.text | split: '' | join: input.text }}"],
    ['repeats the text', '{{ input.text }}'.repeat(1_000)],
    [
      'captures in a loop',
      '{% for a in input.list %}{% capture b %}{{ b }}{{ input.text }}{% endcapture %}{% endfor %}{{ b }}',
    ],
    [
      'sums in a loop',
      '{% for a in input.list %}{% for b in input.list %}{{ input.list | sum }}{% endfor %}{% endfor %}',
    ],
  ])('%s: it is refused, or the run fails soon and says why', async (_name, template) => {
    const body = { steps: [transform('bomb', { x: template }), echoStep('after')] };
    const saved = await save(body);
    if (saved.status !== 201) {
      expect([saved.status, saved.body.errors?.[0]?.pointer]).toEqual([400, '/steps/0/config/mapping/x']);
      return;
    }
    await api.post(`/api/v1/workflows/${saved.body.id}/activate`);
    const { body: ended } = await run(saved.body.id, big);
    expect(ended).toMatchObject({
      status: 'failed',
      error: { code: 'STEP_ERROR', step: 'bomb' },
      steps: [{ id: 'bomb', error: limit }],
    });
  });

  it('grows from step to step: the run fails at a limit, and the server lives', async () => {
    const pair = (from: string) => ({ a: `{{${from}}}`, b: `{{${from}}}` });
    const steps = Array.from({ length: 40 }, (_, i) =>
      transform(`s${i}`, pair(i === 0 ? 'input.text' : `steps.s${i - 1}.output`)),
    );
    const run = await outcome(steps, { text: 'x'.repeat(1_000) });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'STEP_ERROR' } });
    expect(run.steps.at(-1)?.error?.message).toMatch(/data|large|longer/);
    const variables = Array.from({ length: 40 }, (_, i): StepBody => ({
      id: `v${i}`,
      type: 'set_state',
      config: { name: 'v', value: i === 0 ? '{{input.text}}' : '{{variables.v}}{{variables.v}}' },
    }));
    expect(await outcome(variables, { text: 'x'.repeat(1_000) })).toMatchObject({
      status: 'failed',
      steps: expect.arrayContaining([
        expect.objectContaining({ error: expect.objectContaining(limit) as object }),
      ]) as unknown[],
    });
  });

  it('passes on so much in so many steps that nobody could write it down: the run fails clearly', async () => {
    const copies = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`copy${i}`, '{{input.text}}']));
    const steps = Array.from({ length: 100 }, (_, i) => transform(`s${i}`, copies));
    const { id } = await aWorkflow(api, { steps });
    const input = { text: 'x'.repeat(700_000) };
    const atOnce = (await run(id, input)).body;
    const { body } = await api.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, { input });
    for (const ended of [atOnce, await whenOver(api, body.runId)]) {
      expect(ended).toMatchObject({ status: 'failed', error: { code: 'STEP_ERROR' }, attempt: 1 });
      expect(ended.steps.at(-1)?.error?.code).toBe('RUN_TOO_LARGE');
    }
  });

  it('nests deeper than anything can be stored: the run fails clearly', async () => {
    const steps = Array.from({ length: 300 }, (_, i): StepBody => ({
      id: `v${i}`,
      type: 'set_state',
      config: { name: 'v', value: { in: '{{variables.v}}' } },
    }));
    const run = await outcome(steps);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'STEP_ERROR' } });
    expect(run.error?.message).toMatch(/nested deeper/);
  });
});

describe('a path into a prototype', () => {
  const PATHS = [
    'input.__proto__',
    'input.constructor',
    'input.constructor.prototype',
    'input.a.__proto__.polluted',
    'input.toString',
    'input.a.constructor.constructor',
    'variables.__proto__',
    "input['__proto__']",
    'input.text.constructor',
    'input.list.map',
    'run.constructor',
  ];

  it('is null in templates and conditions', async () => {
    const mapping = Object.fromEntries(PATHS.map((path, i) => [`p${i}`, `{{${path}}}`]));
    const input = { a: {}, text: 'x', list: [] };
    expect((await outcome([transform('t', mapping)], input)).output).toEqual(
      Object.fromEntries(PATHS.map((_, i) => [`p${i}`, null])),
    );
    for (const path of PATHS) {
      const expression = `${path} == null`;
      const saved = await save({ steps: [{ id: 'c', type: 'condition', config: { expression } }] });
      if (saved.status === 400) continue;
      const { body } = await outcomeOf(saved.body.id, input);
      expect([path, body.status === 'failed' || (body.output as { result: boolean }).result]).toEqual([path, true]);
    }
  });

  const outcomeOf = async (id: string, input: object) => {
    await api.post(`/api/v1/workflows/${id}/activate`);
    return run(id, input);
  };

  it('cannot be reached by a filter', async () => {
    const mapping = {
      a: "{{ input.list | map: '__proto__' }}",
      b: "{{ input.list | map: 'constructor.name' }}",
      c: "{{ input.list | where: '__proto__' }}",
    };
    const run = await outcome([transform('t', mapping)], { list: [{ x: 1 }] });
    expect(JSON.stringify(run)).not.toMatch(/Object|Function|native code/);
  });

  it('cannot be written: not as a variable, a step or a mapping', async () => {
    for (const step of [
      { id: '__proto__', type: 'transform', config: { mapping: {} } },
      { id: 'a', type: 'set_state', config: { name: '__proto__', value: { polluted: 1 } } },
    ]) {
      expect((await save({ steps: [step] })).status).toBe(400);
    }
    const raw = JSON.stringify(workflowBody({ steps: [transform('a', { x: 1 })] })).replace('"x"', '"__proto__"');
    expect((await api.send('POST', '/api/v1/workflows', { raw })).status).toBe(400);
    const run = await outcome([
      { id: 'a', type: 'set_state', config: { variables: { constructor: 1, toString: 2 } } },
      transform('b', { c: '{{variables.constructor}}', u: '{{variables.valueOf}}' }),
    ]);
    expect(run.output).toEqual({ c: 1, u: null });
  });
});
