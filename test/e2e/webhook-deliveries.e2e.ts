import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  aWebhook,
  callHook,
  deliveriesOf,
  type DeliveryDto,
  type DeliveryWithBodyDto,
  type Sendable,
} from '../factories/webhook.js';
import { aDraft, aWorkflow } from '../factories/workflow.js';
import { type ApiClient, type Page, type RunDto, whenOver } from '../support/api.js';
import { tablesHolding } from '../support/dump.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';
import { skippedInCluster } from '../support/topology.js';
import { until } from '../support/until.js';

let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('deliveries', { env: { LOG_LEVEL: 'trace' } });
  ({ api } = await bed.guest());
});
afterAll(() => bed.close());

/** The newest delivery, once there are so many. */
const newest = (hook: Sendable, count = 1): Promise<DeliveryDto> =>
  until(async () => {
    const all = await deliveriesOf(api, hook.id);
    if (all.length !== count) throw new Error(`there are ${all.length} deliveries`);
    return all[0] as DeliveryDto;
  });

const read = async (hook: Sendable, id: string): Promise<DeliveryWithBodyDto> =>
  (await api.get<DeliveryWithBodyDto>(`/api/v1/webhooks/${hook.id}/deliveries/${id}`)).body;

const replay = (hook: Sendable, id: string) =>
  api.post<DeliveryDto & { code?: string }>(`/api/v1/webhooks/${hook.id}/deliveries/${id}/replay`);

describe('a delivery', () => {
  it('tells what came of a call, and pages', async () => {
    const { id } = await aDraft(api);
    const hook = await aWebhook(api, id);
    await callHook(api, { ...hook, secret: 'wrong-secret' }, { a: 1 });
    await callHook(api, hook, { a: 2 });
    await api.post(`/api/v1/workflows/${id}/activate`);
    await callHook(api, hook, { a: 3 });
    await newest(hook, 3);
    const path = `/api/v1/webhooks/${hook.id}/deliveries`;
    const page = await api.get<Page<DeliveryDto>>(`${path}?limit=2`);
    const rest = await api.get<Page<DeliveryDto>>(`${path}?limit=2&cursor=${page.body.cursor}`);
    const all = [...page.body.data, ...rest.body.data];
    expect(all.map(({ outcome, reason, status }) => [outcome, reason, status])).toEqual([
      ['accepted', null, 202],
      ['refused', 'NOT_ACTIVE', 403],
      ['refused', 'BAD_SECRET', 401],
    ]);
    const bodies = await Promise.all(all.map((one) => read(hook, one.id)));
    expect(bodies.map(({ body, bodySize }) => [body, bodySize])).toEqual([
      [null, 7],
      ['{"a":2}', 7],
      [null, 7],
    ]);
    expect((await api.get(`${path}/dlv_${randomUUID()}`)).status).toBe(404);
  });

  it('hides secrets of headers and query', async () => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id, {
      verification: { scheme: 'bearer', eventId: { header: 'x-event' } },
    });
    const path = `${hook.path}?token=${encodeURIComponent(hook.secret)}&x=1&api_key=k-1&%73ecret=t-2`;
    await api.with(null).post(
      path,
      { a: 1 },
      {
        cookie: 'session=c-3',
        'x-api-key': 'k-4',
        'x-shop-token': 't-5',
        'x-odd': `has ${hook.secret} in it`,
        'x-event': 'e-6',
        'x-long': 'l'.repeat(5_000),
      },
    );
    const delivery = await newest(hook);
    expect(delivery).toMatchObject({
      path: `${hook.path}?token=[redacted]&x=1&api_key=[redacted]&%73ecret=[redacted]`,
      eventId: 'e-6',
      headers: {
        cookie: '[redacted]',
        'x-api-key': '[redacted]',
        'x-shop-token': '[redacted]',
        'x-odd': 'has [redacted] in it',
      },
    });
    expect(delivery.headers['x-long']).toHaveLength(1_000);
    expect(JSON.stringify(delivery)).not.toContain(hook.secret);
  });

  it('names its run also when waiting for it fails, and is none that could start it twice', async () => {
    const { id } = await aWorkflow(api, { steps: [{ id: 'pause', type: 'wait', config: { duration: 60_000 } }] });
    const hook = await aWebhook(api, id, { answer: 'result' });
    const call = callHook(api, hook, { n: 1 });
    const [run] = await until(async () => {
      const rows = await bed.sql<{ id: string }>('select id from runs where workflow_id = $1', [id.slice(3)]);
      return rows.length > 0 && rows;
    });
    await bed.sql('alter table runs rename column status to hidden');
    const answer = await call;
    await bed.sql('alter table runs rename column hidden to status');
    expect(answer.status).toBe(500);
    expect(await newest(hook)).toMatchObject({
      outcome: 'accepted',
      reason: null,
      status: 500,
      runId: `run_${run?.id}`,
    });
  });

  it.skipIf(skippedInCluster('each process counts refused deliveries for itself'))(
    'is one of a hundred a minute at most when it is refused',
    async () => {
      const { id } = await aDraft(api);
      const hook = await aWebhook(api, id);
      const answers = await Promise.all(Array.from({ length: 120 }, () => callHook(api, hook)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
      await api.post(`/api/v1/workflows/${id}/activate`);
      await callHook(api, hook);
      const counts = await until(async () => {
        const rows = await bed.sql<{ outcome: string; n: number }>(
          'select outcome, count(*)::int n from webhook_deliveries where webhook_id = $1 group by 1 order by 1',
          [hook.id.slice(5)],
        );
        return rows.length === 2 && (rows[1]?.n ?? 0) >= 100 && rows;
      });
      expect(counts).toEqual([
        { outcome: 'accepted', n: 1 },
        { outcome: 'refused', n: 100 },
      ]);
    },
  );

  it('is started again only by who may start runs', async () => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id);
    await callHook(api, hook);
    const { id } = await newest(hook);
    const path = `/api/v1/webhooks/${hook.id}/deliveries/${id}/replay`;
    const replayWith = async (...scopes: string[]) => {
      const { body } = await api.post<{ key: string }>('/api/v1/api-keys', { name: scopes.join(), scopes });
      return api.with(body.key).post(path);
    };
    const refused = await replayWith('webhooks:write');
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('runs:write or workflows:execute')]);
    expect((await replayWith('runs:write', 'workflows:execute')).status).toBe(403);
    expect((await replayWith('webhooks:write', 'runs:write')).status).toBe(202);
    expect((await replayWith('webhooks:write', 'workflows:execute')).status).toBe(202);
  });

  it('is started again: of a run from its input, and of a refused call from its body', async () => {
    const { id } = await aDraft(api);
    const hook = await aWebhook(api, id, { verification: { scheme: 'bearer', eventId: { path: 'event' } } });
    await callHook(api, hook, { event: 'e1', n: 1 });
    const refused = await newest(hook);
    const early = await replay(hook, refused.id);
    expect([early.status, early.body.code]).toEqual([400, 'INVALID_STATUS']);
    await api.post(`/api/v1/workflows/${id}/activate`);
    const again = await replay(hook, refused.id);
    expect(again.status, again.text).toBe(202);
    expect(again.body).toMatchObject({ outcome: 'accepted', replayOf: refused.id, eventId: 'e1' });
    expect(await whenOver(api, again.body.runId ?? '')).toMatchObject({
      trigger: 'webhook',
      input: { event: 'e1', n: 1 },
    });

    const { body } = await callHook<{ run_id: string }>(api, hook, { event: 'e2', n: 2 });
    await newest(hook, 3);
    const [accepted] = await deliveriesOf(api, hook.id, '?outcome=accepted');
    const twice = await replay(hook, accepted?.id ?? '');
    const run = await whenOver(api, twice.body.runId ?? '');
    expect(run).toMatchObject({ replayOf: body.run_id, input: { event: 'e2', n: 2 } });
    expect(run.id).not.toBe(body.run_id);
    const third = await replay(hook, twice.body.id);
    expect((await api.get<RunDto>(`/api/v1/runs/${third.body.runId}`)).body.input).toEqual({ event: 'e2', n: 2 });
  });

  it('cannot be started again when nothing is kept of it', async () => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id);
    await callHook(api, { ...hook, secret: 'wrong-secret' }, { a: 1 });
    const bad = await newest(hook);
    expect((await replay(hook, bad.id)).body.code).toBe('PAYLOAD_ERASED');
    await callHook(api, hook, { a: 1 });
    const accepted = await newest(hook, 2);
    await bed.sql('delete from runs where id = $1', [accepted.runId?.slice(4)]);
    const answer = await replay(hook, accepted.id);
    expect([answer.status, answer.body.code]).toEqual([409, 'PAYLOAD_ERASED']);
  });

  it.each(['metadata', 'none'])('of a workflow that keeps %s of its payloads keeps no body', async (store) => {
    const canary = `canary-${randomUUID()}`;
    const inputSchema = { type: 'object', required: ['n'] };
    const { id } = await aWorkflow(api, { inputSchema, settings: { store } });
    const hook = await aWebhook(api, id, { answer: 'result' });
    expect((await callHook(api, hook, { canary })).status).toBe(400);
    const refused = await newest(hook);
    expect((await read(hook, refused.id)).body).toBeNull();
    expect((await replay(hook, refused.id)).body.code).toBe('PAYLOAD_ERASED');
    const answer = await callHook<{ output: unknown }>(api, hook, { n: 1, canary });
    expect([answer.status, answer.body.output]).toEqual([200, { input: { n: 1, canary } }]);
    expect(await tablesHolding(bed, canary)).toEqual([]);
  });

  it('is gone with its webhook, and seen by nobody else', async () => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id);
    await callHook(api, hook);
    const { id } = await newest(hook);
    const { api: stranger } = await bed.guest();
    expect((await stranger.get(`/api/v1/webhooks/${hook.id}/deliveries/${id}`)).status).toBe(404);
    expect((await stranger.get(`/api/v1/webhooks/${hook.id}/deliveries`)).status).toBe(404);
    await api.send('DELETE', `/api/v1/webhooks/${hook.id}`);
    expect(await bed.sql('select 1 from webhook_deliveries where id = $1', [id.slice(4)])).toEqual([]);
  });
});

describe('the secrets of webhooks', () => {
  it('are nowhere but in the answer that makes them', async () => {
    const given = `given-canary-${randomUUID()}`;
    const workflow = await aWorkflow(api);
    const made = await aWebhook(api, workflow.id);
    const theirs = { ...(await aWebhook(api, workflow.id, { secret: given })), secret: given };
    const rotated = await api.post<{ secret: string }>(`/api/v1/webhooks/${made.id}/rotate`, { overlapSeconds: 60 });
    const secrets = [made.secret, given, rotated.body.secret];
    for (const hook of [made, theirs, { ...made, secret: rotated.body.secret }]) {
      await callHook(api, hook, { a: 1 });
      for (const query of ['token', 'TOKEN', 'secret'])
        await api.with(null).post(`${hook.path}?${query}=${encodeURIComponent(hook.secret)}`, 'x');
      await api.with(null).post('/api/webhooks/nothing?token=' + encodeURIComponent(hook.secret), {});
      await api.with(null).post(`/api/webhooks/${randomUUID()}?token=${encodeURIComponent(hook.secret)}`, {});
    }
    await newest(theirs, 4);
    await newest(made, 8);
    for (const secret of secrets) {
      expect(await tablesHolding(bed, secret)).toEqual([]);
      expect(await tablesHolding(bed, encodeURIComponent(secret))).toEqual([]);
      expect(bed.server.output()).not.toContain(secret);
      expect(bed.server.output()).not.toContain(encodeURIComponent(secret));
    }
    for (const path of ['', `/${made.id}`, `/${theirs.id}`, `/${made.id}/deliveries`, `/${theirs.id}/deliveries`]) {
      const { text } = await api.get(`/api/v1/webhooks${path}`);
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
    expect(bed.server.output()).toContain(made.path);
  });
});
