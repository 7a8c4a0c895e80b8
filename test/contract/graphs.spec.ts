import { describe, expect, it } from 'vitest';
import { emptyProgress, executePlan, type PlanOutcome, type StepRecord } from '#libs/engine';
import type { Json, JsonObject } from '#libs/json-guard';
import { createSafeHttp, type SafeHttp, SafeHttpError } from '#libs/safe-http';
import type { DomainError } from '../../src/platform/errors/index.js';
import { compileDefinition } from '../../src/modules/workflows/compile-definition.js';
import type { BlockDefinition, EdgeDefinition, GraphDefinition } from '../../src/modules/workflows/definition.js';
import { openBlockWorld } from '../support/block-world.js';

/** Answers with what it was asked, 404 for /missing, and not at all for /down. */
const echo: SafeHttp = {
  ...createSafeHttp(),
  request: async ({ url, method, headers }) => {
    if (url.includes('/down')) throw new SafeHttpError('CONNECT_FAILED', 'The server cannot be reached.');
    const body = Buffer.from(JSON.stringify({ url, method, headers }));
    const status = url.includes('/missing') ? 404 : 200;
    return { status, headers: { 'content-type': 'application/json' }, body, truncated: false, url };
  },
};
const { blocks: registry } = await openBlockWorld({ http: echo });

const WEBHOOK_ID = '6f0f3b1e-5a55-4d6a-9d7e-0d6f6c9f9a11';

type Edge = [source: string, target: string, more?: Partial<EdgeDefinition>];

function graphOf(blocks: BlockDefinition[], edges: Edge[], variables: JsonObject = {}): GraphDefinition {
  return {
    blocks,
    edges: edges.map(([source, target, more], index) => ({ id: `e${index}`, source, target, ...more })),
    variables,
  };
}
const chain = (...blocks: BlockDefinition[]): GraphDefinition =>
  graphOf(
    blocks,
    blocks.slice(1).map(({ id }, index): Edge => [blocks[index]?.id ?? '', id]),
  );

const compile = (graph: GraphDefinition) => compileDefinition({ trigger: { type: 'api' }, steps: [], graph }, registry);

async function run(
  graph: GraphDefinition,
  input: JsonObject = {},
  signals: ReadonlyMap<string, Json> = new Map(),
): Promise<PlanOutcome & { steps: ReadonlyMap<string, StepRecord> }> {
  const { plan, defaults } = compile(graph);
  const progress = emptyProgress();
  const given = { ...defaults, ...input };
  const execute = () =>
    executePlan({
      plan,
      organizationId: 'organization-1',
      runId: 'run-1',
      input: given,
      variables: given,
      signals,
      progress,
      journal: { record: () => undefined, commit: () => Promise.resolve() },
      signal: new AbortController().signal,
    });
  const first = await execute();
  // As a worker takes up a parked run once something was sent to it.
  const outcome = first.status === 'waiting' && signals.size > 0 ? await execute() : first;
  return { ...outcome, steps: progress.steps };
}

function refusal(graph: GraphDefinition): string[] {
  try {
    compile(graph);
  } catch (error) {
    return ((error as DomainError).details ?? []).map(({ message }) => message);
  }
  throw new Error('the graph compiles');
}

const start: BlockDefinition = { id: 'start', type: 'starter' };
const out: BlockDefinition = { id: 'out', type: 'response' };
const shape = (id: string, mapping: JsonObject, more: Partial<BlockDefinition> = {}): BlockDefinition => ({
  id,
  type: 'transform',
  config: { mapping },
  ...more,
});

describe('a graph', () => {
  it('answers with what the block before the response put out', async () => {
    const result = await run(chain(start, shape('a', { greeting: 'Hello {{variables.name}}' }), out), { name: 'Ada' });
    expect(result).toMatchObject({ status: 'completed', output: { greeting: 'Hello Ada' } });
    expect(result.steps.get('out')?.output).toEqual({ output: { greeting: 'Hello Ada' }, status: 200, headers: {} });
  });

  it('reads blocks by id and by name, and variables over their defaults', async () => {
    const graph = {
      ...chain(start, shape('b-1', { text: '{{variables.text}}/{{input.language}}' }, { name: 'My Block' }), {
        ...out,
        config: { output: { a: '<b-1.output.text>', b: '<My Block.output>', c: '<start.output.language>' } },
      }),
      variables: { language: 'en', text: 'default' },
    };
    expect(await run(graph, { text: 'given' })).toMatchObject({
      output: { a: 'given/en', b: { text: 'given/en' }, c: 'en' },
    });
  });

  it('puts out null without a response that was reached', async () => {
    expect(await run(chain(start, shape('a', { x: 1 })))).toMatchObject({ status: 'completed', output: null });
  });

  it('runs blocks that nothing leads to', async () => {
    const { steps } = await run(graphOf([start, shape('alone', { x: 1 })], []));
    expect(steps.get('alone')?.output).toEqual({ output: { x: 1 } });
  });

  it('goes on with the others when a response was reached', async () => {
    const { steps, ...outcome } = await run(
      graphOf(
        [start, out, shape('later', { x: 1 }), shape('last', { y: '<later.output.x>' })],
        [
          ['start', 'out'],
          ['start', 'later'],
          ['later', 'last'],
        ],
      ),
      { x: 1 },
    );
    expect(outcome).toMatchObject({ status: 'completed', output: { x: 1 } });
    expect(steps.get('last')?.output).toEqual({ output: { y: 1 } });
  });

  it('waits at a join for every branch that was taken', async () => {
    const wide = Array.from({ length: 20 }, (_, index) => `b${index}`);
    const graph = graphOf(
      [
        start,
        { id: 'split', type: 'split', config: { branches: 20 } },
        ...wide.map((id) => ({ id, type: 'general_api', config: { url: `https://api.example.com/${id}` } })),
        shape('join', Object.fromEntries(wide.map((id) => [id, `<${id}.status_code>`]))),
        out,
      ],
      [
        ['start', 'split'],
        ...wide.flatMap((id): Edge[] => [
          ['split', id],
          [id, 'join'],
        ]),
        ['join', 'out'],
      ],
    );
    expect(await run(graph)).toMatchObject({ output: Object.fromEntries(wide.map((id) => [id, 200])) });
  });

  it('skips a disabled block, and what only it leads to', async () => {
    const { steps, ...outcome } = await run(chain(start, { ...shape('a', { x: 1 }), enabled: false }, out));
    expect(outcome).toMatchObject({ status: 'completed', output: null });
    expect([...steps.values()].map(({ id, status }) => [id, status])).toEqual([
      ['start', 'completed'],
      ['a', 'skipped'],
      ['out', 'skipped'],
    ]);
  });

  it('fills empty fields with what an editor wired to them', async () => {
    const wire = (sourceId: string) => ({ sourceId, outputField: 'output.x', targetField: 'output' });
    const config = { output: '', _inputMappings: [wire('a'), wire('b')] };
    expect(await run(chain(start, shape('a', { x: 1 }), shape('b', { x: 'two' }), { ...out, config }))).toMatchObject({
      output: '1\ntwo',
    });
  });

  it('holds loops of steps, whose results it reads', async () => {
    const steps = [
      { id: 'line', type: 'transform', config: { mapping: { n: '{{item.n}}', by: '<start.output.by>' } } },
    ];
    const loop = { id: 'loop', type: 'loop', config: { collection: '{{variables.items}}', steps } };
    expect(
      await run(chain(start, loop, { ...out, config: { output: '<loop.output>' } }), { items: [{ n: 1 }], by: 'me' }),
    ).toMatchObject({ status: 'completed', output: [{ n: 1, by: 'me' }] });
  });
});

describe('a condition', () => {
  const branches = [
    { expression: '<start.output.score> > 90' },
    { expression: 'start.output.score >= 50 and not start.output.late' },
  ];
  const decide: BlockDefinition = { id: 'decide', type: 'condition', config: { branches } };
  const says = (id: string): BlockDefinition => ({ id, type: 'response', config: { output: id } });
  const graph = (member: 'condition' | 'sourceHandle') =>
    graphOf(
      [start, decide, says('top'), says('good'), says('poor')],
      [
        ['start', 'decide'],
        ['decide', 'top', { [member]: 'if' }],
        ['decide', 'good', { [member]: 'elif_1' }],
        ['decide', 'poor', { [member]: 'else' }],
      ],
    );

  it.each(['condition', 'sourceHandle'] as const)('routes by %s', async (member) => {
    expect(await run(graph(member), { score: 95 })).toMatchObject({ output: 'top' });
    expect(await run(graph(member), { score: 60 })).toMatchObject({ output: 'good' });
    expect(await run(graph(member), { score: 60, late: true })).toMatchObject({ output: 'poor' });
    const { steps } = await run(graph(member), { score: 10 });
    expect(steps.get('decide')?.output).toEqual({ output: false, result: false, route: 'else' });
    expect(steps.get('top')?.status).toBe('skipped');
  });

  it('compares with cases', async () => {
    const config = {
      mode: 'switch',
      expression: 'start.output.plan',
      cases: [{ value: 'pro' }, { value: 'team "x"' }],
    };
    const result = await run(chain(start, { id: 'c', type: 'condition', config }), { plan: 'team "x"' });
    expect(result.steps.get('c')?.route).toBe('elif_1');
  });

  it('reads a single expression as if and else, also as true and false', async () => {
    const single = { id: 'c', type: 'condition', config: { expression: "{{variables.plan}} == 'pro' or False" } };
    const answer = graphOf(
      [start, single, says('yes'), says('no')],
      [
        ['start', 'c'],
        ['c', 'yes', { sourceHandle: 'true' }],
        ['c', 'no', { sourceHandle: 'false' }],
      ],
    );
    expect(await run(answer, { plan: 'pro' })).toMatchObject({ output: 'yes' });
    expect(await run(answer, { plan: 'free' })).toMatchObject({ output: 'no' });
  });

  it('fails where it cannot be decided', async () => {
    expect(await run(graph('condition'), { score: 'many' })).toMatchObject({
      status: 'failed',
      error: { step: 'decide', message: expect.stringContaining('cannot compare') as string },
    });
  });
});

describe('a decision in a graph', () => {
  const ask: BlockDefinition = { id: 'ask', type: 'approval', config: { message: 'May I?' } };
  const says = (id: string): BlockDefinition => ({ id, type: 'response', config: { output: id } });
  const decide = (edges: Edge[], decision: string) =>
    run(
      graphOf([start, ask, says('yes'), says('no')], [['start', 'ask'], ...edges]),
      {},
      new Map([['ask', { decision, comment: null }]]),
    );

  it('takes the edge of its route', async () => {
    const edges: Edge[] = [
      ['ask', 'yes', { condition: 'approved' }],
      ['ask', 'no', { sourceHandle: 'rejected' }],
    ];
    expect(await decide(edges, 'approved')).toMatchObject({ status: 'completed', output: 'yes' });
    expect(await decide(edges, 'rejected')).toMatchObject({ status: 'completed', output: 'no' });
  });

  it('fails the run where no edge follows a rejection', async () => {
    expect(await decide([['ask', 'yes', { condition: 'approved' }]], 'rejected')).toMatchObject({ status: 'failed' });
  });
});

describe('a request of a graph', () => {
  const call = (path: string, config: JsonObject = {}): BlockDefinition => ({
    id: 'call',
    type: 'api_call',
    config: { url: `https://api.example.com${path}`, body: '', headers: '', ...config },
  });

  it('puts out the answer with its status, whatever that is', async () => {
    const { steps } = await run(chain(start, call('/missing')));
    expect(steps.get('call')?.output).toMatchObject({ output: { method: 'GET' }, status_code: 404 });
  });

  it('takes the rows of a table', async () => {
    const headers = [{ cells: { Key: 'x-name', Value: '<start.output.name>' } }];
    const { steps } = await run(chain(start, call('/rows', { headers })), { name: 'Ada' });
    expect(steps.get('call')?.output).toMatchObject({ output: { headers: { 'x-name': 'Ada' } } });
  });

  it('fails the run when nobody answers, unless it goes on', async () => {
    const retry = { maxAttempts: 1 };
    expect(await run(chain(start, call('/down', { retry }), out))).toMatchObject({
      status: 'failed',
      error: { step: 'call' },
    });
    const { steps, ...outcome } = await run(chain(start, call('/down', { retry, on_error: 'continue' }), out));
    expect(outcome).toMatchObject({ status: 'completed', output: null });
    expect(steps.get('call')?.output).toEqual({ output: null, error: 'The server cannot be reached.' });
  });
});

describe('a graph is refused', () => {
  it.each<[string, GraphDefinition, string]>([
    ['of an unknown type', chain({ id: 'x', type: 'nope' }), 'Unknown block type: nope'],
    [
      'with a cycle',
      graphOf(
        [start, shape('a', {}), shape('b', {})],
        [
          ['start', 'a'],
          ['a', 'b'],
          ['b', 'a'],
        ],
      ),
      'Workflow graph contains a cycle: a → b → a',
    ],
    [
      'with a block before itself',
      graphOf([start], [['start', 'start']]),
      'Workflow graph contains a cycle: start → start',
    ],
    [
      'with a dangling edge',
      graphOf([start], [['start', 'gone']]),
      'Edge references a block not in this graph: target "gone"',
    ],
    [
      'with an id twice',
      graphOf([start, start], []),
      'Block "start": the id is used by block 1 already; ids are unique within a graph',
    ],
    ['with an id that divides', graphOf([{ id: 'a.b', type: 'starter' }], []), 'Block "a.b": the id must be'],
    [
      'with a reserved id',
      graphOf([{ id: 'constructor', type: 'starter' }], []),
      'Block "constructor": this id is reserved',
    ],
    [
      'with a route that there is not',
      graphOf(
        [start, { id: 'c', type: 'condition', config: { expression: 'true' } }, out],
        [
          ['start', 'c'],
          ['c', 'out', { condition: 'elif_1' }],
        ],
      ),
      'Block "c" has no route "elif_1"; its routes are if, else',
    ],
    [
      'with a route of a block that takes none',
      graphOf([start, out], [['start', 'out', { condition: 'if' }]]),
      'Block "start" has no route "if"; it takes no routes',
    ],
    [
      'with a reference to a block beside it',
      graphOf(
        [start, shape('a', { x: '<b.output>' }), shape('b', {})],
        [
          ['start', 'a'],
          ['start', 'b'],
        ],
      ),
      'Block "a": refers to block "b", which does not run before it',
    ],
    [
      'with a template of a block that there is not',
      chain(start, shape('a', { x: '{{steps.gone.output}}' })),
      'Block "a": refers to block "gone", which does not exist',
    ],
    ['with a broken template', chain(start, shape('a', { x: '{{ | }}' })), 'Block "a":'],
    [
      'with a condition of nothing',
      chain(start, { id: 'c', type: 'condition', config: {} }),
      'Block "c": needs branches',
    ],
    [
      'with a broken expression',
      chain(start, { id: 'c', type: 'condition', config: { branches: [{ expression: '1 +' }] } }),
      'Block "c":',
    ],
    [
      'with a webhook without a secret',
      chain({ id: 'w', type: 'webhook', config: { webhook_id: '6f0f3b1e-5a55-4d6a-9d7e-0d6f6c9f9a11' } }),
      'Block "w": needs a webhook_secret',
    ],
    [
      'with a retry that is none',
      chain(start, {
        id: 'a',
        type: 'general_api',
        config: { url: 'https://example.com', retry: { maxAttempts: 'x' } },
      }),
      'Block "a": retry.maxAttempts',
    ],
    [
      'with a retry without end',
      chain(start, {
        id: 'a',
        type: 'general_api',
        config: { url: 'https://example.com', retry: { initialDelayMs: 1e300 } },
      }),
      'Block "a": retry.initialDelayMs',
    ],
    [
      'with a timeout that is none',
      chain(start, { ...out, config: { timeout: true } }),
      'Block "out": timeout must be',
    ],
    ['with a wrong member', chain(start, { id: 'a', type: 'general_api', config: { url: 7 } }), 'Block "a": url'],
  ])('%s', (_what, graph, message) => {
    expect(refusal(graph)[0]).toContain(message);
  });

  it('of five hundred blocks is compiled', () => {
    const many = Array.from({ length: 498 }, (_, index) => shape(`b${index}`, { x: '<start.output.x>' }));
    expect(compile(chain(start, ...many, out)).plan.nodes).toHaveLength(500);
  });

  it('not for what an editor adds to a configuration', () => {
    const config = { url: 'https://api.example.com/', label: 'Call', ui: { open: true } };
    expect(compile(chain(start, { id: 'a', type: 'general_api', config })).plan.nodes).toHaveLength(2);
  });
});

/** Graphs say which block a branch leads to by edges, so a list of steps' own members are left out. */
const EXAMPLES = registry.types.flatMap((type) =>
  type.examples.map(({ config, action }, index) => {
    const given = type.type === 'webhook' ? { webhook_id: WEBHOOK_ID, webhook_secret: 'sealed' } : config;
    return [`${type.type} ${index + 1}`, { ...given, ...(action !== undefined && { action }) }, type.type] as const;
  }),
);

describe('a block of every type', () => {
  it.each(EXAMPLES)('puts out data: %s', async (_name, config, type) => {
    const block = { id: 'block', type, config: { ...config, retry: { maxAttempts: 1 } } };
    const { steps } = await run(chain(start, block), { amount: 1, email: 'a@b.c', plan: 'pro', text: 'Some text.' });
    const record = steps.get('block');
    expect(['completed', 'failed', 'waiting']).toContain(record?.status);
    expect(record?.error?.code).not.toBe('INTERNAL');
    if (record?.status === 'completed') expect(record.output).toHaveProperty('output');
  });

  it.each(EXAMPLES)('goes on with what went wrong: %s', async (_name, config, type) => {
    const block = { id: 'block', type, config: { ...config, retry: { maxAttempts: 1 }, on_error: 'continue' } };
    const { steps, ...outcome } = await run(chain(start, block, out));
    expect(['completed', 'waiting']).toContain(outcome.status);
    const record = steps.get('block');
    if (record?.error) expect(record.output).toEqual({ output: null, error: record.error.message });
  });
});
