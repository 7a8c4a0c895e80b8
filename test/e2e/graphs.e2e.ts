import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  ExecutionFailureDto,
  ExecutionListDto,
  ExecutionLogsDto,
  ExecutionResultDto,
  GraphEventDto,
} from '../../src/dialects/graphs/dto/execution.dto.js';
import type {
  GraphWorkflowCreatedDto,
  GraphWorkflowDto,
  GraphWorkflowListDto,
} from '../../src/dialects/graphs/dto/workflow.dto.js';
import { type Answer, type ApiClient, type RunDto } from '../support/api.js';
import { aGraph, out, shape, start } from '../factories/graph.js';
import { readSse } from '../support/sse.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

const TEXT =
  'Runhook runs workflows. Workflows are graphs of blocks. The weather is fine. Blocks of graphs run at once.';

let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('graphs');
  ({ api } = await bed.guest());
});
afterAll(() => bed.close());

interface GraphError {
  error: string;
  error_code?: string;
}

const refused = async (graph: object): Promise<Answer<GraphError>> => {
  const { body } = await api.post<GraphWorkflowCreatedDto>('/api/workflows', { name: 'Refused' });
  return api.send<GraphError>('PUT', `/api/workflows/${body.id}/graph`, { body: graph });
};
const execute = <T = ExecutionResultDto>(id: string, variables: object = {}): Promise<Answer<T>> =>
  api.post<T>(`/api/workflows/${id}/execute`, { variables });

describe('a workflow', () => {
  it('is created, listed, read, changed and deleted', async () => {
    const created = await api.post<GraphWorkflowCreatedDto>('/api/workflows', {
      name: 'Document Summarizer',
      description: 'Summarizes uploaded documents',
      variables: { language: 'en' },
      color: '#fff',
      studio: { zoom: 1 },
    });
    expect(created.status).toBe(201);
    expect(Object.keys(created.body)).toEqual(['id', 'name']);
    const { id } = created.body;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const read = async () => (await api.get<GraphWorkflowDto>(`/api/workflows/${id}`)).body;
    expect(await read()).toMatchObject({
      id,
      name: 'Document Summarizer',
      description: 'Summarizes uploaded documents',
      variables: { language: 'en' },
      color: '#fff',
      version: 1,
      state: 'internal',
      schedule_config: null,
      execution_count: 0,
      last_execution_at: null,
      blocks: [],
      edges: [],
    });
    expect((await api.send('PATCH', `/api/workflows/${id}`, { body: { name: 'Renamed' } })).text).toBe('{"ok":true}');
    const { body } = await api.get<GraphWorkflowListDto>('/api/workflows?q=RENAM&limit=1&sort=name&order=asc');
    expect(body).toMatchObject({ total: 1, limit: 1, offset: 0, workflows: [{ id, name: 'Renamed' }] });
    expect((await api.send('DELETE', `/api/workflows/${id}`)).status).toBe(204);
    expect((await api.send('DELETE', `/api/workflows/${id}`)).status).toBe(204);
    expect(await api.get(`/api/workflows/${id}`)).toMatchObject({
      status: 404,
      body: { error: 'Workflow not found', error_code: 'WORKFLOW_NOT_FOUND' },
    });
    expect((await execute(id)).status).toBe(404);
  });

  it.each<[string, string, unknown, string]>([
    ['POST', '/api/workflows', {}, 'Name is required'],
    ['POST', '/api/workflows', { name: ' ' }, 'Name is required'],
    ['POST', '/api/workflows', { name: 'x', variables: [] }, 'variables must be a JSON object'],
    ['GET', '/api/workflows?sort=color', undefined, 'sort must be one of'],
    ['GET', '/api/workflows?order=up', undefined, 'order must be asc or desc'],
  ])('%s %s with %j is refused', async (method, path, body, message) => {
    const answer = await api.send<GraphError>(method, path, body === undefined ? {} : { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(message);
  });

  it('takes limits out of bounds into them, and another change than none', async () => {
    expect((await api.get<GraphWorkflowListDto>('/api/workflows?limit=1000')).body).toMatchObject({ limit: 100 });
    const { body } = await api.post<GraphWorkflowCreatedDto>('/api/workflows', { name: 'Unchanged' });
    expect(await api.send('PATCH', `/api/workflows/${body.id}`, { body: { studio: 1 } })).toMatchObject({
      status: 400,
      body: { error: 'No fields to update', error_code: 'VALIDATION_ERROR' },
    });
  });

  it('needs a key', async () => {
    expect(await api.with(null).get('/api/workflows')).toMatchObject({
      status: 401,
      body: { error: expect.any(String) },
    });
    const { headers } = await api.get('/api/workflows', { apikey: 'anything' });
    expect(headers.get('x-ratelimit-limit')).toBe('1000');
  });
});

describe('a graph', () => {
  it('answers with what its response block put out', async () => {
    const { body: agent } = await api.post<{ id: string }>('/api/agents', { name: 'Summarizer', settings: {} });
    const message = 'Summarize the following document:\n\n{{variables.text}}';
    const id = await aGraph(
      api,
      [
        start,
        { id: 'summarize', type: 'agent', config: { agent_id: agent.id, message }, position: { x: 300, y: 0 } },
        out,
      ],
      [
        ['start', 'summarize'],
        ['summarize', 'out'],
      ],
    );
    const { status, body } = await execute(id, { text: TEXT });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['execution_id', 'status', 'output', 'block_outputs', 'block_logs']);
    expect(body.status).toBe('completed');
    expect(body.output).toContain('Workflows are graphs of blocks.');
    expect(body.block_outputs).toMatchObject({
      start: { output: { text: TEXT } },
      summarize: {
        output: body.output,
        model: 'builtin/extract',
        usage: { total_tokens: expect.any(Number) as number },
      },
      out: { output: body.output, status: 200, headers: {} },
    });
    expect(body.block_logs).toMatchObject([
      { block_id: 'start', block_type: 'starter', status: 'success', error: null, execution_order: 1 },
      {
        block_id: 'summarize',
        block_name: 'agent',
        config_snapshot: { message },
        execution_order: 2,
        agent_run_id: null,
      },
      { block_id: 'out', execution_order: 3 },
    ]);
  });

  it('is executed on the spot when all its blocks are pure, and the same by an old client', async () => {
    const id = await aGraph(
      api,
      [start, shape('a', { up: '{{variables.text | upcase}}' }), out],
      [
        ['start', 'a'],
        ['a', 'out'],
      ],
      { variables: { text: 'default' } },
    );
    expect((await execute(id, { text: 'given' })).body.output).toEqual({ up: 'GIVEN' });
    expect((await api.post<ExecutionResultDto>(`/api/workflows/${id}/execute`)).body.output).toEqual({ up: 'DEFAULT' });
    expect(
      (await api.post<ExecutionResultDto>(`/api/workflows/${id}/execute`, { input: { text: 'old' } })).body.output,
    ).toEqual({ up: 'OLD' });
  });

  it('fails with the error of its block, and its id', async () => {
    const bad = { id: 'bad', type: 'condition', config: { branches: [{ expression: 'start.output.x > 1' }] } };
    const id = await aGraph(
      api,
      [start, bad, out],
      [
        ['start', 'bad'],
        ['bad', 'out', { sourceHandle: 'if' }],
      ],
    );
    const { status, body } = await execute<ExecutionFailureDto>(id, { x: 'many' });
    expect(status).toBe(500);
    expect(body).toEqual({
      error: expect.stringContaining('cannot compare') as string,
      error_code: 'EXECUTION_FAILED',
      execution_id: expect.any(String) as string,
    });
    const logs = await api.get<ExecutionLogsDto>(`/api/workflows/${id}/executions/${body.execution_id}/logs`);
    expect(logs.body.block_logs).toMatchObject([{ block_id: 'start' }, { block_id: 'bad', status: 'error' }]);
    expect((await execute(id, { x: 2 })).body).toMatchObject({
      output: true,
      block_outputs: { bad: { output: true, result: true, route: 'if' } },
    });
  });

  it('runs another one, which runs it, until that is refused', async () => {
    const child = await aGraph(
      api,
      [start, shape('double', { n: '{{variables.n | times: 2}}' }), out],
      [
        ['start', 'double'],
        ['double', 'out'],
      ],
    );
    await api.post(`/api/workflows/${child}/deploy`);
    const call = { id: 'call', type: 'orchestration', config: { orchestration_id: child, input: '<start.output>' } };
    const id = await aGraph(
      api,
      [start, call, { ...out, config: { output: '<call.output.n>' } }],
      [
        ['start', 'call'],
        ['call', 'out'],
      ],
    );
    expect((await execute(id, { n: 21 })).body.output).toBe(42);
    await api.send('PUT', `/api/workflows/${child}/graph`, {
      body: {
        blocks: [start, { ...call, config: { orchestration_id: child } }, out],
        edges: [
          { source: 'start', target: 'call' },
          { source: 'call', target: 'out' },
        ],
      },
    });
    const { status, body } = await execute<ExecutionFailureDto>(id, { n: 21 });
    expect(status).toBe(500);
    expect(body.error).toContain('16 levels');
  });

  it('sends a text to another one as its message', async () => {
    const child = await aGraph(
      api,
      [start, { ...out, config: { output: '{{variables.message}}' } }],
      [['start', 'out']],
    );
    await api.post(`/api/workflows/${child}/deploy`);
    const call = {
      id: 'call',
      type: 'orchestration',
      config: { orchestration_id: child, message: '{{variables.text}}' },
    };
    const id = await aGraph(
      api,
      [start, call, out],
      [
        ['start', 'call'],
        ['call', 'out'],
      ],
    );
    expect((await execute(id, { text: 'Hello' })).body.output).toBe('Hello');
  });

  it('compares blocks with each other', async () => {
    const expression = 'start.output.a < start.output.b and start.output.c > 3';
    const id = await aGraph(
      api,
      [start, { id: 'c', type: 'condition', config: { branches: [{ expression }] } }, out],
      [
        ['start', 'c'],
        ['c', 'out'],
      ],
    );
    expect((await execute(id, { a: 1, b: 2, c: 4 })).body.output).toBe(true);
    expect((await execute(id, { a: 1, b: 2, c: 3 })).body.output).toBe(false);
  });

  it('is disarmed where it is not deployed any more', async () => {
    const webhook = { webhook_id: crypto.randomUUID(), webhook_secret: 'a secret of a graph' };
    const id = await aGraph(api, [{ id: 'hook', type: 'webhook', config: webhook }, out], [['hook', 'out']]);
    const call = () => api.with(webhook.webhook_secret).post(`/api/webhooks/${webhook.webhook_id}`, {});
    expect((await api.post(`/api/workflows/${id}/arm`)).status).toBe(200);
    await api.post(`/api/workflows/${id}/undeploy`);
    expect((await call()).status).toBe(403);
    await api.post(`/api/workflows/${id}/arm`);
    expect((await call()).status).toBe(200);
  });

  it('runs code in both languages, which reads every block before it by its id', async () => {
    const python = 'print(variables["n"])\noutput = {"n": input_data["n"] + start["output"]["n"]}';
    const javascript = 'console.log("<start.output.n>");\nreturn double.output.n + blocks["start"].output.n;';
    const id = await aGraph(
      api,
      [
        start,
        { id: 'double', type: 'function', config: { code: python } },
        { id: 'add', type: 'code', config: { code: javascript } },
        out,
      ],
      [
        ['start', 'double'],
        ['double', 'add'],
        ['add', 'out'],
      ],
    );
    const { body } = await execute(id, { n: 2 });
    expect(body.output).toBe(6);
    expect(body.block_outputs).toMatchObject({ double: { output: { n: 4 } }, add: { output: 6 } });
    expect(body.block_logs.map(({ logs }) => logs)).toEqual([null, '2\n', '<start.output.n>\n', null]);
  });

  it('goes on after code that fails, where it says so', async () => {
    const code = { id: 'bad', type: 'code', config: { code: 'output = 1 / 0', on_error: 'continue' } };
    const id = await aGraph(
      api,
      [start, code, { ...out, config: { output: { why: '<bad.error>' } } }],
      [
        ['start', 'bad'],
        ['bad', 'out'],
      ],
    );
    expect((await execute(id)).body.output).toEqual({ why: expect.stringContaining('ZeroDivisionError') as string });
  });

  it('lists its executions, newest first, and counts them', async () => {
    const id = await aGraph(api, [start, out], [['start', 'out']]);
    for (const n of [1, 2, 3]) await execute(id, { n });
    const { body } = await api.get<ExecutionListDto>(`/api/workflows/${id}/executions?limit=2`);
    expect(body.executions).toMatchObject([
      { status: 'completed', input: { n: 3 }, output: { n: 3 }, error: null },
      { status: 'completed', input: { n: 2 } },
    ]);
    expect((await api.get<GraphWorkflowDto>(`/api/workflows/${id}`)).body).toMatchObject({
      execution_count: 3,
      last_execution_at: body.executions[0]?.created_at,
    });
    const other = await aGraph(api, [start, out], [['start', 'out']]);
    const [execution] = body.executions;
    for (const path of [`${other}/executions/${execution?.id}`, `${id}/executions/nope`]) {
      expect(await api.get(`/api/workflows/${path}/logs`)).toMatchObject({
        status: 404,
        body: { error: 'Execution not found' },
      });
    }
  });

  it('repeats an execution by its key', async () => {
    const id = await aGraph(api, [start, out], [['start', 'out']]);
    const send = () =>
      api.post<ExecutionResultDto>(
        `/api/workflows/${id}/execute`,
        { variables: { n: 1 } },
        { 'idempotency-key': 'k1' },
      );
    const [first, second] = [await send(), await send()];
    expect(second.body).toEqual(first.body);
  });

  it('streams what its blocks do', async () => {
    const id = await aGraph(
      api,
      [start, shape('a', { x: '{{variables.x}}' }), out],
      [
        ['start', 'a'],
        ['a', 'out'],
      ],
    );
    const stream = async (body: object) => {
      const response = await fetch(`${bed.url}/api/workflows/${id}/execute/stream`, {
        method: 'POST',
        headers: { ...api.credential(), 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      const events: GraphEventDto[] = [];
      for await (const { data, event } of readSse(response)) {
        expect(event).toBeUndefined();
        if (data !== undefined) events.push(JSON.parse(data) as GraphEventDto);
      }
      return { events, runId: response.headers.get('x-run-id') };
    };
    const { events, runId } = await stream({ variables: { x: 1 } });
    expect(events).toEqual([
      { type: 'block_start', block_id: 'start', block_type: 'starter' },
      {
        type: 'block_complete',
        block_id: 'start',
        block_type: 'starter',
        data: { output: { x: 1 } },
        duration_ms: expect.any(Number) as number,
      },
      { type: 'block_start', block_id: 'a', block_type: 'transform' },
      {
        type: 'block_complete',
        block_id: 'a',
        block_type: 'transform',
        data: { output: { x: 1 } },
        duration_ms: expect.any(Number) as number,
      },
      { type: 'block_start', block_id: 'out', block_type: 'response' },
      {
        type: 'block_complete',
        block_id: 'out',
        block_type: 'response',
        data: { output: { x: 1 }, status: 200, headers: {} },
        duration_ms: expect.any(Number) as number,
      },
      { type: 'done', execution_id: runId },
    ]);
    expect((await api.get<RunDto>(`/api/v1/runs/${runId}`)).body.status).toBe('completed');
  });

  it('is saved again without a change, and keeps its version', async () => {
    const id = await aGraph(api, [start, out], [['start', 'out']]);
    await execute(id);
    const { body: before } = await api.get<GraphWorkflowDto>(`/api/workflows/${id}`);
    const save = (blocks: object[]) =>
      api.send('PUT', `/api/workflows/${id}/graph`, { body: { blocks, edges: before.edges } });
    await save(before.blocks);
    expect((await api.get<GraphWorkflowDto>(`/api/workflows/${id}`)).body.version).toBe(1);
    await save([...before.blocks, shape('b', {})]);
    expect((await api.get<GraphWorkflowDto>(`/api/workflows/${id}`)).body.version).toBe(2);
  });

  it.each<[string, object, string]>([
    ['no blocks', {}, 'blocks must be a list'],
    ['a block without an id', { blocks: [{ type: 'starter' }] }, "Each block must have 'id' and 'type'"],
    ['a block that is none', { blocks: [7] }, "Each block must have 'id' and 'type'"],
    [
      'an edge without a target',
      { blocks: [start], edges: [{ source: 'start' }] },
      "Each edge must have 'source' and 'target'",
    ],
    ['an unknown type', { blocks: [{ id: 'x', type: 'nope' }] }, 'Unknown block type: nope'],
    [
      'a dangling edge',
      { blocks: [start], edges: [{ source: 'start', target: 'x' }] },
      'Edge references a block not in this graph',
    ],
    [
      'a cycle',
      {
        blocks: [start, shape('a', {})],
        edges: [
          { source: 'start', target: 'a' },
          { source: 'a', target: 'start' },
        ],
      },
      'Workflow graph contains a cycle',
    ],
    [
      'a webhook whose secret does not suit its signatures',
      {
        blocks: [
          {
            id: 'w',
            type: 'webhook',
            config: {
              webhook_id: crypto.randomUUID(),
              webhook_secret: '!!!!',
              verification: { scheme: 'standard_webhooks' },
            },
          },
        ],
      },
      'Block "w": webhook_secret must be whsec_',
    ],
    [
      'code that does not compile',
      { blocks: [{ id: 'c', type: 'code', config: { code: 'def f(:\n  pass' } }] },
      'Block "c":',
    ],
    [
      'a schedule that is none',
      { blocks: [{ ...start, config: { schedule_enabled: true, schedule_cron: 'x' } }] },
      'schedule_cron',
    ],
    [
      'a webhook without a secret',
      { blocks: [{ id: 'w', type: 'webhook', config: { webhook_id: crypto.randomUUID() } }] },
      'Block "w": needs a webhook_secret',
    ],
    [
      'a webhook without a UUID',
      { blocks: [{ id: 'w', type: 'webhook', config: { webhook_id: 'x', webhook_secret: 's' } }] },
      'Block "w": needs a webhook_id that is a UUID',
    ],
  ])('with %s is refused', async (_what, graph, message) => {
    const { status, body } = await refused(graph);
    expect(status).toBe(400);
    expect(body.error).toContain(message);
    expect(body.error_code).toBe('VALIDATION_ERROR');
  });
});
