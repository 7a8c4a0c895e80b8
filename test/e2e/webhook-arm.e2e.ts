import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWebhook, callHook, deliveriesOf, type Sendable } from '../factories/webhook.js';
import { aDraft, echoStep } from '../factories/workflow.js';
import { ApiClient, type RunDto, whenOver } from '../support/api.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { ENCRYPTION_KEY, type Guest, openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

/** Two processes that take requests, and one that works. */
let bed: TestBed;
let others: ServerProcess[];
let guest: Guest;
let api: ApiClient;
let apis: ApiClient[];

beforeAll(async () => {
  bed = await openTestBed('arm', { role: 'api' });
  const env = { ENCRYPTION_KEY, SWEEP_INTERVAL_MS: '300' };
  others = await Promise.all(
    (['api', 'worker'] as const).map((role) => startServer({ databaseUrl: bed.databaseUrl, env, role })),
  );
  guest = await bed.guest();
  ({ api } = guest);
  apis = [api, new ApiClient(others[0]?.url ?? '', api.key)];
});
afterAll(async () => {
  await Promise.all(others.map((server) => server.stop()));
  await bed.close();
});

const arm = async (workflowId: string, client = api) => {
  const answer = await client.post<{ armedUntil: string }>(`/api/v1/workflows/${workflowId}/arm`);
  expect(answer.status, answer.text).toBe(200);
  return new Date(answer.body.armedUntil);
};

/** The statuses of so many calls at once, at both processes in turn, with how often each came. */
async function callAtOnce(hook: Sendable, count: number): Promise<Record<number, number>> {
  const calls = Array.from({ length: count }, (_, n) => callHook(apis[n % 2] as ApiClient, hook, { n }));
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(calls)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const PURE = [echoStep()];
const DURABLE = [{ id: 'pause', type: 'wait', config: { duration: 20 } }, echoStep()];

describe.each([
  ['executed on the spot', PURE],
  ['executed by a worker', DURABLE],
])('a hundred calls at once, at two processes, of one arm: %s', (_how, steps) => {
  it.each([1, 2, 3])('one 200 and 99 times 403 (%i)', async () => {
    const { id } = await aDraft(api, { steps });
    const hook = await aWebhook(api, id, { answer: 'result' });
    await arm(id);
    expect(await callAtOnce(hook, 100)).toEqual({ 200: 1, 403: 99 });
    const runs = await api.get<{ data: RunDto[] }>(`/api/v1/runs?workflowId=${id}`);
    expect(runs.body.data).toHaveLength(1);
    await until(async () => expect(await deliveriesOf(api, hook.id, '?outcome=accepted')).toHaveLength(1));
    const refused = await until(async () => {
      const all = await deliveriesOf(api, hook.id, '?outcome=refused&limit=100');
      return all.length === 99 && all;
    });
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['NOT_ACTIVE']));
  });
});

describe('an arm', () => {
  it('is one for all webhooks of the workflow, and twice is once', async () => {
    const { id } = await aDraft(api);
    const [first, second] = [await aWebhook(api, id), await aWebhook(api, id)];
    const until1 = await arm(id);
    const until2 = await arm(id, apis[1]);
    expect(until2.getTime()).toBeGreaterThanOrEqual(until1.getTime());
    expect(until2.getTime() - Date.now()).toBeGreaterThan(9 * 60_000);
    expect((await callHook(api, first)).status).toBe(202);
    expect((await callHook(api, second)).status).toBe(403);
    expect((await callHook(api, first)).status).toBe(403);
    await arm(id);
    expect((await callHook(api, second)).status).toBe(202);
  });

  it('ends after ten minutes of the database, and then takes nothing', async () => {
    const { id } = await aDraft(api);
    const hook = await aWebhook(api, id);
    await arm(id);
    const [left] = await bed.sql<{ seconds: number }>(
      'select extract(epoch from armed_until - now())::float as seconds from webhook_arms where workflow_id = $1',
      [id.slice(3)],
    );
    expect(left?.seconds).toBeGreaterThan(590);
    expect(left?.seconds).toBeLessThanOrEqual(600);
    await bed.sql(`update webhook_arms set armed_until = now() - interval '1 ms' where workflow_id = $1`, [
      id.slice(3),
    ]);
    expect(await callAtOnce(hook, 10)).toEqual({ 403: 10 });
  });

  it('is not used up by a bad secret, a bad id or a bad input', async () => {
    const inputSchema = { type: 'object', required: ['n'] };
    const { id } = await aDraft(api, { inputSchema });
    const hook = await aWebhook(api, id);
    await arm(id);
    expect((await callHook(api, { ...hook, secret: 'wrong' }, { n: 1 })).status).toBe(401);
    expect((await callHook(api, hook, { m: 1 })).status).toBe(400);
    expect((await callHook(api, hook, { n: 1 })).status).toBe(202);
    expect((await callHook(api, hook, { m: 1 })).status).toBe(403);
  });

  it('is used up by a run that fails', async () => {
    const steps = [{ id: 'fail', type: 'transform', config: { mapping: { x: '{{ 1 | divided_by: 0 }}' } } }];
    const { id } = await aDraft(api, { steps });
    const hook = await aWebhook(api, id, { answer: 'result' });
    await arm(id);
    expect((await callHook(api, hook)).status).toBe(500);
    expect((await callHook(api, hook)).status).toBe(403);
  });

  it('is not used up while the workflow is active, and ends when its status changes', async () => {
    const { id } = await aDraft(api);
    const hook = await aWebhook(api, id);
    await arm(id);
    await api.post(`/api/v1/workflows/${id}/activate`);
    await arm(id);
    for (let call = 0; call < 3; call++) expect((await callHook(api, hook)).status).toBe(202);
    expect(await bed.sql('select 1 from webhook_arms where workflow_id = $1', [id.slice(3)])).toHaveLength(1);
    await api.post(`/api/v1/workflows/${id}/pause`);
    expect((await callHook(api, hook)).status).toBe(403);
    await arm(id);
    await api.send('PATCH', `/api/v1/workflows/${id}`, { body: { name: 'renamed' } });
    expect((await callHook(api, hook)).status).toBe(202);
  });

  it('answers an event that comes again with its run, although nothing is armed any more', async () => {
    const { id } = await aDraft(api, { steps: DURABLE });
    const hook = await aWebhook(api, id, { verification: { scheme: 'bearer', eventId: { header: 'x-event' } } });
    await arm(id);
    const first = await callHook<{ run_id: string }>(api, hook, {}, { 'x-event': '1' });
    const again = await callHook<{ run_id: string }>(api, hook, {}, { 'x-event': '1' });
    expect([first.status, again.status, again.body]).toEqual([202, 202, first.body]);
    expect((await callHook(api, hook, {}, { 'x-event': '2' })).status).toBe(403);
    expect(await whenOver(api, first.body.run_id)).toMatchObject({ status: 'completed', trigger: 'webhook' });
  });

  it('is refused for an archived workflow, and for one that is not there', async () => {
    const { id } = await aDraft(api);
    await api.post(`/api/v1/workflows/${id}/archive`);
    expect((await api.post(`/api/v1/workflows/${id}/arm`)).body).toMatchObject({ status: 400, code: 'INVALID_STATUS' });
    const { api: stranger } = await bed.guest();
    expect((await stranger.post(`/api/v1/workflows/${id}/arm`)).status).toBe(404);
  });
});
