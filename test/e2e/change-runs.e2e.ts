import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunChangesDto, RunChangesPreviewDto } from '../../src/modules/runs/dto/change-runs.dto.js';
import { aWorkflow, echoStep } from '../factories/workflow.js';
import {
  type Answer,
  type ApiClient,
  type CreatedApiKeyDto,
  type Page,
  type Problem,
  type RunDto,
  whenOver,
} from '../support/api.js';
import { json, type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

let bed: TestBed;
let sink: Sink;

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('bulk', { env: { OUTBOUND_ALLOW: '127.0.0.0/8', SWEEP_INTERVAL_MS: '300' } });
});
afterAll(async () => {
  await bed.close();
  await sink.close();
});

const change = (api: ApiClient, body: object, headers = {}): Promise<Answer<RunChangesDto & Pick<Problem, 'code'>>> =>
  api.post('/api/v1/runs/bulk', body, headers);
async function changed(api: ApiClient, body: object, headers = {}): Promise<RunChangesDto> {
  const answer = await change(api, body, headers);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}
async function startMany(api: ApiClient, workflow: string, count: number, body: object = {}): Promise<string[]> {
  const { body: batch } = await api.post<{ items: { runId: string }[] }>(`/api/v1/workflows/${workflow}/batch`, {
    items: Array.from({ length: count }, (_, n) => ({ input: { n }, ...body })),
  });
  return batch.items.map(({ runId }) => runId);
}
const failing = (path: string) => ({
  id: 'call',
  type: 'general_api',
  config: { url: `${sink.url}${path}`, method: 'GET' },
  retry: { maxAttempts: 1 },
});
const later = (): string => new Date(Date.now() + 3_600_000).toISOString();
const statusOf = async (api: ApiClient, run: string): Promise<string> =>
  (await api.get<RunDto>(`/api/v1/runs/${run}`)).body.status;

describe('cancelling many runs', () => {
  it('takes those that match, and leaves the rest alone', async () => {
    const { api } = await bed.guest();
    const [one, other] = [await aWorkflow(api), await aWorkflow(api)];
    const mine = await startMany(api, one.id, 30, { startAt: later() });
    const [left] = await startMany(api, other.id, 1, { startAt: later() });
    const selection = { action: 'cancel', filter: { workflowId: one.id } };
    const { body: preview } = await api.post<RunChangesPreviewDto>('/api/v1/runs/bulk', {
      ...selection,
      preview: true,
    });
    expect(preview).toEqual({ count: 30, more: false, sample: mine.slice(0, 20) });
    expect(await statusOf(api, mine[0] ?? '')).toBe('pending');
    expect(await changed(api, selection)).toMatchObject({ matched: 30, done: 30, failed: [], more: false });
    for (const run of [mine[0], mine[29]]) expect(await statusOf(api, run ?? '')).toBe('cancelled');
    expect(await statusOf(api, left ?? '')).toBe('pending');
    expect(await changed(api, selection)).toMatchObject({ matched: 0, done: 0, cursor: null });
  });

  it('goes on after the limit, the oldest first', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api);
    const runs = await startMany(api, id, 5, { startAt: later() });
    const selection = { action: 'cancel', filter: { workflowId: id }, limit: 2 };
    const first = await changed(api, selection);
    expect(first).toMatchObject({ matched: 2, done: 2, more: true, cursor: runs[1] });
    const second = await changed(api, { ...selection, cursor: first.cursor });
    expect(second).toMatchObject({ matched: 2, more: true, cursor: runs[3] });
    expect(await changed(api, { ...selection, cursor: second.cursor })).toMatchObject({ matched: 1, more: false });
  });

  it('ends running ones too', async () => {
    const { api } = await bed.guest();
    sink.on('/hang', () => undefined);
    const { id } = await aWorkflow(api, { steps: [failing('/hang')] });
    const runs = await startMany(api, id, 3, { concurrencyKey: 'k' });
    expect(await changed(api, { action: 'cancel', filter: { ids: runs } })).toMatchObject({ matched: 3, done: 3 });
    for (const run of runs) expect((await whenOver(api, run)).status).toBe('cancelled');
  });
});

describe('retrying many runs', () => {
  it('opens failed ones by the class of their error', async () => {
    const { api } = await bed.guest();
    sink.on('/flaky', json({}, 400));
    const { id } = await aWorkflow(api, { steps: [failing('/flaky')] });
    const invalid = await aWorkflow(api, { outputSchema: { type: 'string' } });
    const runs = await startMany(api, id, 10);
    const [bad] = await startMany(api, invalid.id, 1);
    for (const run of [...runs, bad ?? '']) expect((await whenOver(api, run)).status).toBe('failed');
    sink.on('/flaky', json({ ok: true }));
    const none = await changed(api, { action: 'retry', filter: { workflowId: id, errorCode: 'TIMEOUT' } });
    expect(none).toMatchObject({ matched: 0 });
    const { body: all } = await api.post<RunChangesPreviewDto>('/api/v1/runs/bulk', {
      action: 'retry',
      filter: { errorCode: 'STEP_ERROR' },
      preview: true,
    });
    expect(all.count).toBe(11);
    const answer = await changed(api, { action: 'retry', filter: { workflowId: id, errorCode: 'STEP_ERROR' } });
    expect(answer).toMatchObject({ matched: 10, done: 10, failed: [] });
    for (const run of runs) expect(await whenOver(api, run)).toMatchObject({ status: 'completed', attempt: 2 });
  });

  it('tells of each run that was named why it was not', async () => {
    const { api } = await bed.guest();
    const { api: stranger } = await bed.guest();
    const { id } = await aWorkflow(api);
    const [completed = ''] = await startMany(api, id, 1);
    await whenOver(api, completed);
    const [foreign = ''] = await startMany(stranger, (await aWorkflow(stranger)).id, 1);
    const unknown = 'run_01a20000-0000-7000-8000-000000000000';
    const answer = await changed(api, { action: 'retry', filter: { ids: [completed, foreign, unknown] } });
    expect(answer).toMatchObject({ matched: 0, done: 0 });
    expect(answer.failed).toEqual([
      {
        id: completed,
        error: {
          code: 'INVALID_STATUS',
          message: 'Only a failed or timed out run can be retried. Current status: completed',
        },
      },
      { id: foreign, error: { code: 'NOT_FOUND', message: 'Run not found' } },
      { id: unknown, error: { code: 'NOT_FOUND', message: 'Run not found' } },
    ]);
  });
});

describe('replaying many runs', () => {
  it('starts a new run for each, with its input, and names it', async () => {
    const { api } = await bed.guest();
    const [one, other] = [await aWorkflow(api), await aWorkflow(api, { steps: [echoStep('e')] })];
    const runs = [...(await startMany(api, one.id, 60)), ...(await startMany(api, other.id, 3))];
    for (const run of runs) await whenOver(api, run);
    const filter = { since: '2020-01-01T00:00:00Z', status: 'completed', trigger: 'api' };
    const answer = await changed(api, { action: 'replay', filter });
    expect(answer).toMatchObject({ matched: 63, done: 63, failed: [] });
    expect(answer.replays.map(({ id }) => id)).toEqual(runs);
    for (const { id, runId } of answer.replays.slice(-5)) {
      const [original, again] = [await whenOver(api, id), await whenOver(api, runId)];
      expect(again).toMatchObject({
        status: 'completed',
        input: original.input,
        replayOf: id,
        workflowId: original.workflowId,
      });
    }
  });

  it('with an idempotency key starts nothing twice', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api);
    const runs = await startMany(api, id, 4);
    for (const run of runs) await whenOver(api, run);
    const body = { action: 'replay', filter: { ids: runs } };
    const [first, again] = [
      await changed(api, body, { 'idempotency-key': 'once' }),
      await changed(api, body, { 'idempotency-key': 'once' }),
    ];
    expect(again.replays).toEqual(first.replays);
    const { body: page } = await api.get<Page<RunDto>>(`/api/v1/runs?workflowId=${id}`);
    expect(page.data).toHaveLength(8);
  });

  it('tells which could not be: their workflow does not run any more', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api);
    const [run = ''] = await startMany(api, id, 1);
    await whenOver(api, run);
    await api.post(`/api/v1/workflows/${id}/archive`);
    const { failed, done } = await changed(api, { action: 'replay', filter: { ids: [run] } });
    expect([done, failed.map(({ error }) => error.code)]).toEqual([0, ['INVALID_STATUS']]);
  });
});

it('a key that is bound to a workflow changes the runs of that one only', async () => {
  const { api } = await bed.guest();
  const [mine, other] = [await aWorkflow(api), await aWorkflow(api)];
  const [own = ''] = await startMany(api, mine.id, 1, { startAt: later() });
  const [foreign = ''] = await startMany(api, other.id, 1, { startAt: later() });
  const { body: key } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', {
    name: 'bound',
    workflowIds: [mine.id],
    scopes: ['workflows:execute'],
  });
  const answer = await changed(api.with(key.key), { action: 'cancel', filter: { status: 'pending' } });
  expect(answer).toMatchObject({ matched: 1, done: 1 });
  expect([await statusOf(api, own), await statusOf(api, foreign)]).toEqual(['cancelled', 'pending']);
  const named = await changed(api.with(key.key), { action: 'cancel', filter: { ids: [foreign] } });
  expect(named.failed[0]?.error.code).toBe('NOT_FOUND');
});

it('runs that are retried need room in the backlog', async () => {
  const { api } = await bed.guest({ settings: { backlog: 5 } });
  sink.on('/full', json({}, 400));
  const { id } = await aWorkflow(api, { steps: [failing('/full')] });
  const runs = await startMany(api, id, 3);
  for (const run of runs) await whenOver(api, run);
  const items = Array.from({ length: 3 }, () => ({ startAt: later() }));
  // Room is counted once a second.
  await until(async () => expect((await api.post(`/api/v1/workflows/${id}/batch`, { items })).status).toBe(202));
  const answer = await change(api, { action: 'retry', filter: { ids: runs } });
  expect([answer.status, answer.body.code]).toEqual([429, 'BACKLOG_FULL']);
  expect(await statusOf(api, runs[0] ?? '')).toBe('failed');
});

it.each([
  [{ filter: { status: 'failed' } }, ['action']],
  [{ action: 'delete', filter: { status: 'failed' } }, ['action']],
  [{ action: 'retry' }, ['filter']],
  [{ action: 'retry', filter: {} }, ['filter']],
  [{ action: 'retry', filter: { status: null } }, ['filter']],
  [{ action: 'retry', filter: [] }, ['filter']],
  [{ action: 'retry', filter: { ids: [] } }, ['filter', 'ids']],
  [{ action: 'retry', filter: { ids: ['x'] } }, ['filter', 'ids', 0]],
  [{ action: 'retry', filter: { ids: [5] } }, ['filter', 'ids']],
  [{ action: 'retry', filter: { workflowId: 'x' } }, ['filter', 'workflowId']],
  [{ action: 'retry', filter: { status: 'queued' } }, ['filter', 'status']],
  [{ action: 'retry', filter: { since: 'monday' } }, ['filter', 'since']],
  [{ action: 'retry', filter: { errorCode: 'OOPS' } }, ['filter', 'errorCode']],
  [{ action: 'retry', filter: { everything: true } }, ['filter', 'everything']],
  [{ action: 'retry', filter: { status: 'failed' }, limit: 1001 }, ['limit']],
  [{ action: 'retry', filter: { status: 'failed' }, cursor: 'x' }, ['cursor']],
  [{ action: 'retry', filter: { status: 'failed' }, preview: 'yes' }, ['preview']],
])('a request that makes no sense is refused in both styles: %j', async (body, path) => {
  const { api } = await bed.guest();
  const bare = await change(api, body);
  expect([bare.status, bare.body.code]).toEqual([400, 'VALIDATION_ERROR']);
  expect(bare.text).toContain(`"/${path.join('/')}"`);
  expect((await change(api.in('x-api-key'), body)).body).toMatchObject({
    success: false,
    error: { details: [{ path }] },
  });
});
