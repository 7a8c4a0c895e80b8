import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow } from '../factories/workflow.js';
import { type Answer, ApiClient, type RunAcceptedDto, type RunDto, whenIn, whenOver } from '../support/api.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { json, type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

const ENV = { OUTBOUND_ALLOW: '127.0.0.0/8', RUN_LEASE_MS: '1000', SWEEP_INTERVAL_MS: '300' };

/** Two processes that take requests; each test starts the workers it needs. */
let bed: TestBed;
let second: ServerProcess;
let sink: Sink;
const workers: ServerProcess[] = [];

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('twoapis', { env: ENV, role: 'api' });
  second = await startServer({ databaseUrl: bed.databaseUrl, env: ENV, role: 'api' });
});
afterAll(async () => {
  await Promise.all([second.stop(), ...workers.map((worker) => worker.kill())]);
  await bed.close();
  await sink.close();
});

async function startWorker(): Promise<ServerProcess> {
  const worker = await startServer({ databaseUrl: bed.databaseUrl, env: ENV, role: 'worker' });
  workers.push(worker);
  return worker;
}

async function setUp(path: string) {
  const { api } = await bed.guest();
  const step = { id: 'call', type: 'general_api', config: { url: `${sink.url}${path}`, method: 'GET' } };
  const { id } = await aWorkflow(api, { steps: [step] });
  const apis = [api, new ApiClient(second.url, api.key)];
  const start = (index: number, body: object): Promise<Answer<RunAcceptedDto & { code?: string }>> =>
    (apis[index % 2] as ApiClient).post(`/api/v1/workflows/${id}/run`, body);
  return { api, id, start };
}

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

describe('a hundred requests with one concurrency key, at two processes at once', () => {
  it('that reject: one run, and 99 conflicts', async () => {
    const { start } = await setUp('/a');
    const answers = await times(100, (index) => start(index, { concurrencyKey: 'k', concurrencyMode: 'reject' }));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([202, ...Array.from({ length: 99 }, () => 409)]);
  });

  it('that use what exists: one run for all', async () => {
    const { start } = await setUp('/b');
    const answers = await times(100, (index) => start(index, { concurrencyKey: 'k', concurrencyMode: 'use_existing' }));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 202));
    expect(new Set(answers.map(({ body }) => body.runId)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('concurrency-replayed') === null)).toHaveLength(1);
  });

  it('that queue, and with one idempotency key besides: one run', async () => {
    const { start } = await setUp('/c');
    const answers = await times(100, (index) => start(index, { concurrencyKey: 'k', idempotencyKey: 'i' }));
    expect(new Set(answers.map(({ body }) => body.runId)).size).toBe(1);
  });

  it('that cancel what is in progress: one is left', async () => {
    const { id, start } = await setUp('/d');
    const answers = await times(60, (index) =>
      start(index, { concurrencyKey: 'k', concurrencyMode: 'cancel_in_progress' }),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 60 }, () => 202));
    const left = await bed.sql(`select 1 from runs where workflow_id = $1 and status <> 'cancelled'`, [id.slice(3)]);
    expect(left).toHaveLength(1);
  });
});

it('queued runs of one key never overlap and all end, in order, with two workers', async () => {
  await Promise.all([startWorker(), startWorker()]);
  const path = '/overlap';
  let open = 0;
  let most = 0;
  sink.on(path, (response, request) => {
    most = Math.max(most, ++open);
    setImmediate(() => {
      open--;
      json({ ok: true })(response, request);
    });
  });
  const { api, id, start } = await setUp(path);
  await times(40, (index) => start(index, { concurrencyKey: 'k' }));
  await until(
    async () => {
      const done = await bed.sql(`select 1 from runs where workflow_id = $1 and status = 'completed'`, [id.slice(3)]);
      expect(done).toHaveLength(40);
    },
    { timeoutMs: 25_000 },
  );
  expect(most).toBe(1);
  const overlaps = await bed.sql(
    `select 1 from runs a join runs b on a.workflow_id = b.workflow_id and a.id < b.id
     where a.workflow_id = $1 and a.started_at < b.completed_at and b.started_at < a.completed_at`,
    [id.slice(3)],
  );
  expect(overlaps).toEqual([]);
  const { body } = await api.get<{ data: RunDto[] }>(`/api/v1/runs?workflowId=${id}&limit=100`);
  expect(body.data).toHaveLength(40);
});

describe('when the worker that executes the run which holds the key is killed', () => {
  it('the run is taken up again, and the others follow it in order', async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.kill()));
    const victim = await startWorker();
    const path = '/killed';
    sink.on(path, () => undefined);
    const { api, start } = await setUp(path);
    const { body: first } = await start(0, { concurrencyKey: 'k' });
    await whenIn(api, first.runId, ['running']);
    await until(() => sink.at(path).length > 0);
    const rest: string[] = [];
    for (let index = 0; index < 3; index++) rest.push((await start(index, { concurrencyKey: 'k' })).body.runId);
    await victim.kill();
    sink.on(path, json({ ok: true }));
    await startWorker();
    const runs: RunDto[] = [];
    for (const id of [first.runId, ...rest]) runs.push(await whenOver(api, id, 20_000));
    expect(runs.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed', 'completed']);
    for (let index = 1; index < runs.length; index++) {
      const before = Date.parse(runs[index - 1]?.completedAt ?? '');
      expect(Date.parse(runs[index]?.startedAt ?? '')).toBeGreaterThanOrEqual(before);
    }
  });
});

it('when the process that takes a request is killed before it lets the run start, the run starts all the same', async () => {
  await startWorker();
  const { api, id } = await setUp('/lost');
  const env = { ...ENV, NODE_ENV: 'test', FAULT_AT: 'after_insert:1' };
  const doomed = await startServer({ databaseUrl: bed.databaseUrl, env, role: 'api' });
  const request = new ApiClient(doomed.url, api.key).post(`/api/v1/workflows/${id}/run`, { concurrencyKey: 'lost' });
  await expect(request).rejects.toThrow();
  const [stored] = await bed.sql<{ id: string }>('select id from runs where workflow_id = $1', [id.slice(3)]);
  expect((await whenOver(api, `run_${stored?.id ?? ''}`)).status).toBe('completed');
});
