import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionResultDto } from '../../src/dialects/graphs/dto/execution.dto.js';
import type { GraphWorkflowDto } from '../../src/dialects/graphs/dto/workflow.dto.js';
import { aDraft, aWorkflow } from '../factories/workflow.js';
import {
  type Answer,
  type ApiClient,
  type RunAcceptedDto,
  type WorkflowDto,
  type CreatedApiKeyDto,
  whenOver,
} from '../support/api.js';
import { aGraph, out, shape, start } from '../factories/graph.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('graphsnative');
  ({ api } = await bed.guest());
});
afterAll(() => bed.close());

const execute = <T = ExecutionResultDto>(id: string, variables: object = {}): Promise<Answer<T>> =>
  api.post<T>(`/api/workflows/${id}/execute`, { variables });

describe('a graph in the native API', () => {
  it('is shown, runs once it is deployed, and gives way to a list of steps', async () => {
    const id = await aGraph(
      api,
      [start, shape('a', { x: '<start.output.x>' }), out],
      [
        ['start', 'a'],
        ['a', 'out'],
      ],
    );
    const native = await api.get<WorkflowDto>(`/api/v1/workflows/${id}`);
    expect(native.body).toMatchObject({
      id: `wf_${id}`,
      status: 'draft',
      steps: [],
      graph: { blocks: [{ id: 'start' }, {}, {}] },
    });
    expect((await api.post(`/api/v1/workflows/${id}/run`, { input: { x: 1 } })).status).toBe(400);
    expect((await api.post(`/api/workflows/${id}/deploy`)).text).toBe('{"ok":true,"state":"deployed"}');
    const { body } = await api.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, { input: { x: 1 } });
    expect(await whenOver(api, body.runId)).toMatchObject({
      status: 'completed',
      output: { x: 1 },
      steps: [{ id: 'start' }, { id: 'a', type: 'transform', output: { output: { x: 1 } } }, { id: 'out' }],
    });
    expect((await api.post(`/api/workflows/${id}/undeploy`)).text).toBe('{"ok":true,"state":"internal"}');
    expect((await api.get<WorkflowDto>(`/api/v1/workflows/${id}`)).body.status).toBe('paused');
    const steps = [{ id: 'only', type: 'transform', config: { mapping: { y: 1 } } }];
    const put = await api.send<WorkflowDto>('PUT', `/api/v1/workflows/${id}`, { body: { steps } });
    expect(put.body).toMatchObject({ steps, graph: null });
  });

  it('keeps its graph when something else of it changes', async () => {
    const id = await aGraph(api, [start, out], [['start', 'out']]);
    const settings = { maxDurationMs: 60_000 };
    await api.send('PUT', `/api/v1/workflows/${id}`, { body: { settings } });
    expect((await api.get<WorkflowDto>(`/api/v1/workflows/${id}`)).body).toMatchObject({
      settings,
      graph: { blocks: [{ id: 'start' }, { id: 'out' }] },
    });
  });

  it('has the schedule of its starter, as long as that says so', async () => {
    const scheduled = {
      ...start,
      config: { schedule_enabled: true, schedule_cron: '0 9 * * *', schedule_timezone: 'Europe/Berlin' },
    };
    const id = await aGraph(api, [scheduled, out], [['start', 'out']]);
    await api.post(`/api/workflows/${id}/deploy`);
    const schedule = () => api.get<{ nextRunAt: string | null }>(`/api/v1/workflows/${id}/schedule`);
    expect((await schedule()).body.nextRunAt).toMatch(/T0[78]:00:00/);
    expect((await api.get<GraphWorkflowDto>(`/api/workflows/${id}`)).body.schedule_config).toMatchObject({
      cron: '0 9 * * *',
    });
    await api.send('PUT', `/api/workflows/${id}/graph`, { body: { blocks: [start, out], edges: [] } });
    expect((await schedule()).status).toBe(404);
  });
});

describe('a list of steps as a graph', () => {
  it('is read, executed and replaced', async () => {
    const steps = [
      { id: 'check', type: 'condition', config: { expression: 'input.x > 1', then: ['big'], else: [] } },
      { id: 'big', type: 'transform', config: { mapping: { big: true } } },
      { id: 'last', type: 'transform', config: { mapping: { x: '{{input.x}}' } }, onError: 'continue' },
    ];
    const { id } = await aWorkflow(api, { steps });
    const { body } = await api.get<GraphWorkflowDto>(`/api/workflows/${id}`);
    expect(body).toMatchObject({
      state: 'deployed',
      blocks: [{ id: 'check' }, { id: 'big' }, { id: 'last', config: { on_error: 'continue' } }],
    });
    expect(body.edges.map(({ source, target, condition }) => [source, target, condition])).toEqual([
      ['check', 'big', 'then'],
      ['big', 'last', null],
      ['check', 'last', 'else'],
    ]);
    expect((await execute(id, { x: 2 })).body).toMatchObject({
      output: { x: 2 },
      block_outputs: {
        check: { output: { result: true } },
        big: { output: { big: true } },
        last: { output: { x: 2 } },
      },
    });
    expect((await api.send('PATCH', `/api/workflows/${id}`, { body: { variables: {} } })).status).toBe(400);
    const replace = (query: string) =>
      api.send('PUT', `/api/workflows/${id}/graph${query}`, { body: { blocks: [start, out], edges: [] } });
    expect(await replace('')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('replace=steps') as string },
    });
    expect((await replace('?replace=steps')).status).toBe(200);
    expect((await api.get<WorkflowDto>(`/api/v1/workflows/${id}`)).body).toMatchObject({
      steps: [],
      graph: { edges: [] },
    });
  });

  it('of a draft can be executed', async () => {
    const { id } = await aDraft(api);
    expect((await execute(id, { customerId: 'cus_1', amount: 100 })).status).toBe(200);
  });
});

describe('a key that is bound to workflows', () => {
  it('creates no other', async () => {
    const id = await aGraph(api, [start, out], [['start', 'out']]);
    const { body } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', {
      name: 'bound',
      workflowIds: [`wf_${id}`],
      scopes: ['workflows:write', 'workflows:read'],
    });
    const bound = api.with(body.key);
    expect((await bound.post('/api/workflows', { name: 'Stray' })).status).toBe(403);
    expect((await bound.get<GraphWorkflowDto>(`/api/workflows/${id}`)).status).toBe(200);
    expect((await bound.get<{ total: number }>('/api/workflows')).body.total).toBe(1);
  });
});

describe('a graph of another organization', () => {
  it('is one that there is not', async () => {
    const id = await aGraph(api, [start, out], [['start', 'out']]);
    const { api: stranger } = await bed.guest();
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['PUT', '/graph'],
      ['POST', '/deploy'],
      ['POST', '/undeploy'],
      ['POST', '/execute'],
      ['POST', '/execute/stream'],
      ['GET', '/executions'],
    ] as const) {
      const body = method === 'PUT' ? { blocks: [start] } : { name: 'Mine' };
      const answer = await stranger.send(method, `/api/workflows/${id}${path}`, method === 'GET' ? {} : { body });
      expect([path, answer.status, answer.body]).toEqual([
        path,
        404,
        expect.objectContaining({ error: 'Workflow not found' }),
      ]);
    }
    expect((await stranger.send('DELETE', `/api/workflows/${id}`)).status).toBe(204);
    expect((await api.get(`/api/workflows/${id}`)).status).toBe(200);
  });
});
