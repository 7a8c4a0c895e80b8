import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BatchDto } from '../../src/modules/runs/dto/start-batch.dto.js';
import { aDraft, aWorkflow } from '../factories/workflow.js';
import {
  type Answer,
  type ApiClient,
  type CreatedApiKeyDto,
  type Envelope,
  type Page,
  type RunDto,
  whenOver,
} from '../support/api.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('batch', { env: { SWEEP_INTERVAL_MS: '300' } });
  ({ api } = await bed.guest());
});
afterAll(() => bed.close());

const send = (
  workflow: string,
  items: unknown,
  caller = api,
  query = '',
): Promise<Answer<BatchDto & { code: string }>> =>
  caller.post(`/api/v1/workflows/${workflow}/batch${query}`, { items });
async function sendOk(workflow: string, items: object[]): Promise<BatchDto> {
  const { status, text, body } = await send(workflow, items);
  expect(status, text).toBe(202);
  return body;
}
const countRuns = async (workflow: string): Promise<number> => {
  const [row] = await bed.sql<{ count: number }>('select count(*)::int as count from runs where workflow_id = $1', [
    workflow.slice(3),
  ]);
  return row?.count ?? 0;
};

describe('a batch', () => {
  it('of 1000 starts 1000 runs, each with its own input, in the order of the request', async () => {
    const { id } = await aWorkflow(api);
    const batch = await sendOk(
      id,
      Array.from({ length: 1000 }, (_, n) => ({ input: { n } })),
    );
    expect(batch).toMatchObject({ accepted: 1000, replayed: 0, rejected: 0 });
    expect(batch.items.map(({ index }) => index)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    await until(
      async () => {
        const [row] = await bed.sql<{ done: number }>(
          `select count(*)::int as done from runs where workflow_id = $1 and status = 'completed'`,
          [id.slice(3)],
        );
        expect(row?.done).toBe(1000);
      },
      { timeoutMs: 20_000 },
    );
    const last = await api.get<RunDto>(`/api/v1/runs/${batch.items[999]?.runId ?? ''}`);
    expect(last.body.input).toEqual({ n: 999 });
  });

  it('answers each item for itself: what is wrong with one stops no other', async () => {
    const { id } = await aWorkflow(api, {
      inputSchema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    });
    const { accepted, rejected, items } = await sendOk(id, [
      { input: { name: 'a' } },
      { input: {} },
      { input: { name: 'b' }, priority: 500 },
      { input: { name: 'c' }, nonsense: true },
      'nothing' as unknown as object,
      { input: { name: 'd' }, version: 9 },
      { input: { name: 'e' } },
      { input: { name: 'f' }, idempotencyKey: 'webhook:of-the-server' },
    ]);
    expect([accepted, rejected]).toEqual([2, 6]);
    expect(items.map(({ status }) => status)).toEqual([
      'accepted',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'accepted',
      'rejected',
    ]);
    expect(items[7]?.error?.details?.[0]?.path).toEqual(['items', 7, 'idempotencyKey']);
    expect(items[1]).toEqual({
      index: 1,
      status: 'rejected',
      error: {
        code: 'VALIDATION_ERROR',
        message: 'Input validation failed',
        details: [{ path: ['items', 1, 'name'], message: 'Required' }],
      },
    });
    expect(items.slice(2, 6).map(({ error }) => error?.details?.[0]?.path)).toEqual([
      ['items', 2, 'priority'],
      ['items', 3, 'nonsense'],
      ['items', 4],
      ['items', 5, 'version'],
    ]);
    for (const index of [0, 6]) expect((await whenOver(api, items[index]?.runId ?? '')).status).toBe('completed');
    expect(await countRuns(id)).toBe(2);
  });

  it('answers in the envelope of callers with an x-api-key header', async () => {
    const { id } = await aWorkflow(api);
    const { body } = await api
      .in('x-api-key')
      .post<Envelope<BatchDto>>(`/api/v1/workflows/${id}/batch`, { items: [{}, { priority: 'high' }] });
    expect(body).toMatchObject({
      success: true,
      data: { accepted: 1, rejected: 1, items: [{ index: 0 }, { index: 1 }] },
    });
  });

  it('makes one run of a key that is in it twice, and refuses it for another input', async () => {
    const { id } = await aWorkflow(api);
    const { items } = await sendOk(id, [
      { input: { n: 1 }, idempotencyKey: 'k' },
      { input: { n: 1 }, idempotencyKey: 'k' },
      { input: { n: 2 }, idempotencyKey: 'k' },
      { input: { n: 3 }, idempotencyKey: 'other' },
    ]);
    expect(items.map(({ status }) => status)).toEqual(['accepted', 'replayed', 'rejected', 'accepted']);
    expect(items[1]?.runId).toBe(items[0]?.runId);
    expect(items[2]?.error?.code).toBe('IDEMPOTENCY_MISMATCH');
    expect(await countRuns(id)).toBe(2);
  });

  it('sent again with its keys starts nothing, also by twenty callers at once', async () => {
    const { id } = await aWorkflow(api);
    const items = Array.from({ length: 50 }, (_, n) => ({ input: { n }, idempotencyKey: `item-${n}` }));
    const answers = await Promise.all(Array.from({ length: 20 }, () => sendOk(id, items)));
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(50);
    expect(answers.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(950);
    expect(new Set(answers.map((answer) => answer.items.map(({ runId }) => runId).join())).size).toBe(1);
    expect(await countRuns(id)).toBe(50);
    const { body: run } = await api.post<{ runId: string }>(`/api/v1/workflows/${id}/run`, items[7]);
    expect(run.runId).toBe(answers[0]?.items[7]?.runId);
    await api.post(`/api/v1/workflows/${id}/pause`);
    expect(await sendOk(id, items)).toMatchObject({ accepted: 0, replayed: 50, rejected: 0 });
  });

  it('takes the options of single runs', async () => {
    const { id } = await aWorkflow(api);
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const { items } = await sendOk(id, [
      { startAt, priority: 9 },
      { concurrencyKey: 'k', startAt },
      { concurrencyKey: 'k', concurrencyMode: 'reject' },
      { concurrencyKey: 'k', concurrencyMode: 'use_existing' },
      { concurrencyKey: 'free' },
      { concurrencyKey: 'free' },
    ]);
    expect(items.map(({ status }) => status)).toEqual([
      'accepted',
      'accepted',
      'rejected',
      'replayed',
      'accepted',
      'accepted',
    ]);
    expect(items[2]?.error?.code).toBe('CONCURRENCY_CONFLICT');
    expect(items[3]?.runId).toBe(items[1]?.runId);
    expect((await api.get<RunDto>(`/api/v1/runs/${items[0]?.runId ?? ''}`)).body).toMatchObject({
      status: 'pending',
      startAt,
      priority: 9,
    });
    for (const index of [4, 5]) expect((await whenOver(api, items[index]?.runId ?? '')).status).toBe('completed');
  });

  it('runs a draft as a test', async () => {
    const { id } = await aDraft(api);
    expect(await sendOk(id, [{}])).toMatchObject({ rejected: 1, items: [{ error: { code: 'INVALID_STATUS' } }] });
    const { body } = await send(id, [{}], api, '?test=true');
    expect(body.accepted).toBe(1);
    const { body: key } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', {
      name: 'x',
      scopes: ['workflows:execute'],
    });
    expect((await send(id, [{}], api.with(key.key), '?test=true')).status).toBe(403);
  });
});

describe('a batch that is refused as a whole', () => {
  it.each([[undefined], [null], ['x'], [{}], [[]], [Array.from({ length: 1001 }, () => ({}))]])(
    'has items that are no list of 1 to 1000: %j',
    async (items) => {
      const { id } = await aWorkflow(api);
      const bare = await send(id, items);
      expect([bare.status, bare.body.code]).toEqual([400, 'VALIDATION_ERROR']);
      expect((await send(id, items, api.in('x-api-key'))).body).toMatchObject({
        success: false,
        error: { details: [{ path: ['items'] }] },
      });
    },
  );

  it('names a workflow that does not exist', async () => {
    expect((await send('wf_01a20000-0000-7000-8000-000000000000', [{}])).status).toBe(404);
    expect((await send('wf_01a20000-0000-7000-8000-000000000000', [{ nonsense: 1 }])).status).toBe(404);
  });

  it('does not fit into the backlog: no item is started', async () => {
    const { api: small } = await bed.guest({ settings: { backlog: 10 } });
    const { id } = await aWorkflow(small);
    const full = await send(
      id,
      Array.from({ length: 11 }, () => ({})),
      small,
    );
    expect([full.status, full.body.code, full.headers.get('retry-after')]).toEqual([429, 'BACKLOG_FULL', '5']);
    expect(await countRuns(id)).toBe(0);
    const { body } = await small.get<Page<RunDto>>(`/api/v1/runs?workflowId=${id}`);
    expect(body.data).toEqual([]);
  });
});
