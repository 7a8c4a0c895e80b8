import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, type RunDto, whenIn, whenOver, type WorkflowDto } from '../support/api.js';
import { type Sink, startSink } from '../support/sink.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

const ENV = { OUTBOUND_ALLOW: '127.0.0.0/8', RUN_LEASE_MS: '1000', SWEEP_INTERVAL_MS: '300' };
let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('nested', { env: ENV });
  ({ api } = await bed.guest());
});
afterAll(async () => bed.close());

const active = async (steps: object[], more: object = {}): Promise<string> => {
  const made = await api.post<WorkflowDto>('/api/v1/workflows', {
    name: 'Nested',
    trigger: { type: 'api' },
    steps,
    ...more,
  });
  expect(made.status, made.text).toBe(201);
  expect((await api.post(`/api/v1/workflows/${made.body.id}/activate`)).status).toBe(200);
  return made.body.id;
};
const start = async (workflowId: string, input: object = {}): Promise<string> => {
  const started = await api.post<{ runId: string }>(`/api/v1/workflows/${workflowId}/run`, { input });
  expect(started.status, started.text).toBe(202);
  return started.body.runId;
};
const run = async (workflowId: string, input: object = {}): Promise<RunDto> => {
  const { body, status, text } = await api.post<RunDto>(`/api/v1/workflows/${workflowId}/run?wait=20`, { input });
  expect(status, text).toBe(200);
  return body;
};

describe('a loop', () => {
  it('runs its steps for each element, and shows each iteration', async () => {
    const workflow = await active([
      { id: 'rate', type: 'transform', config: { mapping: { tax: 0.5 } } },
      {
        id: 'lines',
        type: 'loop',
        config: {
          collection: '{{input.items}}',
          itemVariable: 'line',
          steps: [
            { id: 'net', type: 'transform', config: { mapping: { amount: '{{line.price | times: line.quantity}}' } } },
            {
              id: 'big',
              type: 'condition',
              config: { expression: 'steps.net.output.amount > 10 and line.price > 0', then: ['gross'] },
            },
            {
              id: 'gross',
              type: 'transform',
              config: {
                mapping: {
                  n: '{{index}}',
                  total: '{{steps.rate.output.tax | plus: 1 | times: steps.net.output.amount}}',
                },
              },
            },
          ],
        },
      },
    ]);
    const done = await run(workflow, {
      items: [
        { price: 10, quantity: 2 },
        { price: 1, quantity: 3 },
      ],
    });
    expect(done).toMatchObject({ status: 'completed', output: [{ n: 0, total: 30 }, { result: false }] });
    expect(done.steps.map(({ id, status }) => [id, status])).toEqual([
      ['rate', 'completed'],
      ['lines', 'completed'],
      ['lines[0].net', 'completed'],
      ['lines[0].big', 'completed'],
      ['lines[0].gross', 'completed'],
      ['lines[1].net', 'completed'],
      ['lines[1].big', 'completed'],
      ['lines[1].gross', 'skipped'],
    ]);
  });

  it('may hold loops and waits, and an iteration that fails fails the run with its place', async () => {
    const inner = {
      id: 'inner',
      type: 'for_each',
      config: {
        collection: '{{item}}',
        itemVariable: 'cell',
        indexVariable: 'column',
        steps: [
          { id: 'pause', type: 'wait', config: { duration: 1 } },
          { id: 'cell', type: 'transform', config: { mapping: { at: '{{index}}/{{column}}', value: '{{cell}}' } } },
        ],
      },
    };
    const workflow = await active([
      { id: 'rows', type: 'loop', config: { collection: '{{input.rows}}', concurrency: 3, steps: [inner] } },
    ]);
    const done = await run(workflow, { rows: [[1, 2], [3]] });
    expect(done.output).toEqual([
      [
        { at: '0/0', value: 1 },
        { at: '0/1', value: 2 },
      ],
      [{ at: '1/0', value: 3 }],
    ]);
    const failed = await run(workflow, { rows: [[1], 'none'] });
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'STEP_ERROR', step: 'rows' } });
    expect(failed.error?.message).toContain('rows[1].inner');
  });

  it.each([
    [{ id: 'l', type: 'loop', config: { collection: [1], steps: [] } }, ['steps', 0, 'config', 'steps']],
    [
      { id: 'l', type: 'loop', config: { collection: [1], steps: [{ id: 'x', type: 'nope' }] } },
      ['steps', 0, 'config', 'steps', 0, 'type'],
    ],
    [
      {
        id: 'l',
        type: 'loop',
        config: { collection: [1], steps: [{ id: 'l', type: 'transform', config: { mapping: {} } }] },
      },
      ['steps', 0, 'config', 'steps', 0, 'id'],
    ],
    [
      {
        id: 'l',
        type: 'loop',
        config: {
          collection: [1],
          steps: [{ id: 'x', type: 'transform', config: { mapping: { a: '{{steps.later.output}}' } } }],
        },
      },
      ['steps', 0, 'config', 'steps', 0, 'config', 'mapping'],
    ],
    [
      {
        id: 'l',
        type: 'loop',
        config: { collection: '{{steps.l.output}}', steps: [{ id: 'x', type: 'transform', config: { mapping: {} } }] },
      },
      ['steps', 0, 'config', 'collection'],
    ],
    [{ id: 'l', type: 'loop', config: { collection: [1], steps: ['x'] } }, ['steps', 0, 'config', 'steps', 0]],
  ])('is refused with the place of the mistake: %j', async (step, path) => {
    const answer = await api.in('x-api-key').post<{ error: { details: { path: unknown }[] } }>('/api/v1/workflows', {
      name: 'Bad',
      trigger: { type: 'api' },
      steps: [step],
    });
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.error.details[0]?.path, answer.text).toEqual(path);
  });
});

describe('a workflow that runs another', () => {
  it('waits for it without a worker and goes on with its output', async () => {
    const child = await active([
      { id: 'pause', type: 'wait', config: { duration: 50 } },
      { id: 'twice', type: 'transform', config: { mapping: { n: '{{input.n | times: 2}}' } } },
    ]);
    const parent = await active([
      {
        id: 'all',
        type: 'loop',
        config: {
          collection: [1, 2, 3],
          concurrency: 3,
          steps: [{ id: 'call', type: 'orchestration', config: { workflowId: child, input: { n: '{{item}}' } } }],
        },
      },
    ]);
    const done = await run(parent);
    expect(done.output).toEqual(
      [2, 4, 6].map((n) => ({ runId: expect.stringMatching(/^run_/), status: 'completed', output: { n } })),
    );
  });

  it('fails with the reason of the run that failed, and tries again where it says so', async () => {
    const child = await active([
      { id: 'call', type: 'general_api', config: { url: 'http://127.0.0.1:1/' }, retry: { maxAttempts: 1 } },
    ]);
    const parent = await active([
      { id: 'sub', type: 'orchestration', config: { workflowId: child }, retry: { maxAttempts: 2, initialDelayMs: 1 } },
    ]);
    const done = await run(parent);
    expect(done).toMatchObject({ status: 'failed', errorCode: 'STEP_ERROR' });
    expect(done.error?.message).toMatch(/Step sub failed: Run run_\S+ ended as failed: Step call failed/);
    const children = await api.get<{ data: RunDto[] }>(`/api/v1/runs?workflowId=${child}`);
    expect(children.body.data).toHaveLength(2);
  });

  it('that runs itself ends after 16 levels with a clear error', async () => {
    const id = await active([
      { id: 'again', type: 'orchestration', config: { workflowId: '{{input.self}}', input: '{{input}}' } },
    ]);
    const done = await run(id, { self: id });
    expect(done.status).toBe('failed');
    const { body } = await api.get<{ data: RunDto[] }>(`/api/v1/runs?workflowId=${id}&limit=100`);
    expect(body.data).toHaveLength(17);
    expect(body.data[0]?.error?.message).toContain('more than 16 levels deep');
  });

  it('cannot reach the workflows of another organization', async () => {
    const other = await bed.guest();
    const theirs = await other.api.post<WorkflowDto>('/api/v1/workflows', {
      name: 'Theirs',
      trigger: { type: 'api' },
      steps: [],
    });
    await other.api.post(`/api/v1/workflows/${theirs.body.id}/activate`);
    const parent = await active([{ id: 'sub', type: 'orchestration', config: { workflowId: theirs.body.id } }]);
    const done = await run(parent);
    expect(done.error?.message).toContain('Workflow not found');
  });

  it('takes the runs below it along when it is cancelled', async () => {
    const child = await active([{ id: 'long', type: 'wait', config: { duration: 3_600_000 } }]);
    const parent = await active([{ id: 'sub', type: 'orchestration', config: { workflowId: child } }]);
    const id = await start(parent);
    const below = await until(async () => {
      const { body } = await api.get<{ data: RunDto[] }>(`/api/v1/runs?workflowId=${child}&status=waiting`);
      return body.data[0]?.id ?? Promise.reject(new Error('not yet'));
    });
    await whenIn(api, id, ['waiting']);
    expect((await api.post(`/api/v1/runs/${id}/cancel`)).status).toBe(200);
    expect((await whenOver(api, id)).status).toBe('cancelled');
    expect((await whenOver(api, below)).status).toBe('cancelled');
  });
});

describe('a crash in the middle of a loop', () => {
  let sink: Sink;
  let worker: ServerProcess;
  let other: TestBed;

  beforeAll(async () => {
    sink = await startSink();
    other = await openTestBed('loopcrash', { role: 'api', env: ENV });
    worker = await startServer({ databaseUrl: other.databaseUrl, role: 'worker', env: ENV });
  });
  afterAll(async () => {
    await worker.stop();
    await other.close();
    await sink.close();
  });

  it('repeats no iteration that has finished', async () => {
    const guest = await other.guest();
    const made = await guest.api.post<WorkflowDto>('/api/v1/workflows', {
      name: 'Loop',
      trigger: { type: 'api' },
      steps: [
        {
          id: 'each',
          type: 'loop',
          config: {
            collection: '{{input.list}}',
            steps: [
              {
                id: 'act',
                type: 'general_api',
                config: { url: `${sink.url}/{{item}}`, method: 'POST' },
                timeoutMs: 5_000,
              },
              { id: 'rest', type: 'wait', config: { duration: 20 } },
            ],
          },
        },
      ],
    });
    await guest.api.post(`/api/v1/workflows/${made.body.id}/activate`);
    const list = Array.from({ length: 30 }, (_, index) => `n${index}`);
    const { body } = await guest.api.post<{ runId: string }>(`/api/v1/workflows/${made.body.id}/run`, {
      input: { list },
    });
    for (const share of [5, 12, 20]) {
      await until(() => sink.requests.length >= share, { timeoutMs: 20_000 });
      await worker.kill();
      worker = await startServer({ databaseUrl: other.databaseUrl, role: 'worker', env: ENV });
    }
    const done = await whenOver(guest.api, body.runId, 30_000);
    expect(done.status).toBe('completed');
    expect(done.output).toHaveLength(30);
    const counts = list.map((name) => sink.at(`/${name}`).length);
    expect(Math.min(...counts)).toBe(1);
    // At most the iteration in hand at each of three crashes, and then under the same key.
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(33);
    for (const name of list) {
      const keys = sink.at(`/${name}`).map(({ headers }) => headers['idempotency-key']);
      expect(new Set(keys).size).toBe(1);
    }
  });
});
