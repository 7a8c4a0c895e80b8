import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, type RunDto, whenIn, whenOver, type WorkflowDto } from '../support/api.js';
import { type Sink, startSink } from '../support/sink.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

const KEY = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
const ENV = {
  OUTBOUND_ALLOW: '127.0.0.0/8',
  ENCRYPTION_KEY: KEY,
  RUN_LEASE_MS: '1000',
  SWEEP_INTERVAL_MS: '300',
  LOG_LEVEL: 'info',
};
let bed: TestBed;
let guest: Guest;
let api: ApiClient;
let sink: Sink;

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('approvals', { env: ENV });
  guest = await bed.guest();
  ({ api } = guest);
});
afterAll(async () => {
  await bed.close();
  await sink.close();
});

const AFTER = {
  id: 'after',
  type: 'transform',
  config: { mapping: { was: '{{steps.ask.output.decision}}', why: '{{steps.ask.output.comment}}' } },
};

const active = async (client: ApiClient, config: object, more: object[] = [AFTER]): Promise<string> => {
  const steps = [{ id: 'ask', type: 'approval', name: 'Refund', config }, ...more];
  const made = await client.post<WorkflowDto>('/api/v1/workflows', {
    name: 'Approval',
    trigger: { type: 'api' },
    steps,
  });
  expect(made.status, made.text).toBe(201);
  await client.post(`/api/v1/workflows/${made.body.id}/activate`);
  return made.body.id;
};
/** Starts a run and waits until it is parked. */
const parked = async (client: ApiClient, config: object = {}, more?: object[]): Promise<string> => {
  const { body } = await client.post<{ runId: string }>(`/api/v1/workflows/${await active(client, config, more)}/run`, {
    input: { amount: 7 },
  });
  await whenIn(client, body.runId, ['waiting']);
  return body.runId;
};
const decide = (client: ApiClient, runId: string, body: object) =>
  client.post<{ decision: string } & { code: string }>(`/api/v1/runs/${runId}/steps/ask/decision`, body);

describe('a decision with a key', () => {
  it('lets the run go on with it', async () => {
    const id = await parked(api, { message: 'Pay {{input.amount}}?' });
    const answer = await decide(api, id, { decision: 'approve', comment: 'fine', data: { limit: 5 } });
    expect(answer).toMatchObject({ status: 200, body: { runId: id, stepId: 'ask', decision: 'approved' } });
    const run = await whenOver(api, id);
    expect(run).toMatchObject({ status: 'completed', output: { was: 'approved', why: 'fine' } });
    expect(run.steps[0]?.output).toMatchObject({ data: { limit: 5 }, decidedBy: `user_${guest.userId}` });
  });

  it('is the first of many: one of 20 at the same time', async () => {
    const id = await parked(api, { rejected: [] });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => decide(api, id, { decision: index % 2 === 0 ? 'approve' : 'reject' })),
    );
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted).toHaveLength(1);
    for (const { status, body, headers } of answers.filter((answer) => answer.status !== 200)) {
      expect([status, body.code, headers.get('x-should-retry')]).toEqual([409, 'ALREADY_DECIDED', 'false']);
    }
    expect((await whenOver(api, id)).output).toMatchObject({ was: accepted[0]?.body.decision });
  });

  it('against it fails the step, or takes its route; too late is a route of its own', async () => {
    const plain = await parked(api);
    await decide(api, plain, { decision: 'rejected', comment: 'no budget' });
    expect(await whenOver(api, plain)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('no budget') },
    });
    const routes = { rejected: ['no'], timed_out: ['late'], expiresInMs: 400 };
    const branches = ['no', 'late'].map((id) => ({ id, type: 'transform', config: { mapping: { took: id } } }));
    const rejected = await parked(api, { ...routes, expiresInMs: 60_000 }, branches);
    await decide(api, rejected, { decision: 'reject' });
    expect((await whenOver(api, rejected)).output).toEqual({ took: 'no' });
    const late = await parked(api, routes, branches);
    expect((await whenOver(api, late)).output).toEqual({ took: 'late' });
    expect((await decide(api, late, { decision: 'approve' })).status).toBe(409);
  });

  it('can be asked for again by a retry', async () => {
    const id = await parked(api);
    await decide(api, id, { decision: 'reject' });
    await whenIn(api, id, ['failed']);
    expect((await api.post(`/api/v1/runs/${id}/retry`)).status).toBe(202);
    await whenIn(api, id, ['waiting']);
    expect((await decide(api, id, { decision: 'approve' })).status).toBe(200);
    expect((await whenOver(api, id)).status).toBe('completed');
  });

  it.each([
    [{}, 400],
    [{ decision: 'maybe' }, 400],
    [{ decision: 'approve', extra: 1 }, 400],
  ])('%j is refused', async (body, status) => {
    const id = await parked(api);
    expect((await decide(api, id, body)).status).toBe(status);
  });

  it('needs the run, the step, the right organization and the scope', async () => {
    const id = await parked(api);
    const other = await bed.guest();
    expect((await decide(other.api, id, { decision: 'approve' })).status).toBe(404);
    expect((await api.post(`/api/v1/runs/${id}/steps/after/decision`, { decision: 'approve' })).status).toBe(404);
    expect((await api.post(`/api/v1/runs/${id}/steps/%00/decision`, { decision: 'approve' })).status).toBe(404);
    const key = await api.post<{ key: string }>('/api/v1/api-keys', {
      name: 'Starter',
      scopes: ['workflows:execute', 'runs:read'],
    });
    expect((await decide(api.with(key.body.key), id, { decision: 'approve' })).status).toBe(403);
    expect((await decide(api, id, { decision: 'approve' })).status).toBe(200);
  });
});

describe('the link', () => {
  const notify = () => [
    {
      id: 'post',
      type: 'general_api',
      config: {
        url: `${sink.url}/link`,
        method: 'POST',
        body: { url: '{{approval.url}}', message: '{{approval.message}}' },
      },
    },
  ];
  const linkOf = async (): Promise<{ id: string; link: string }> => {
    const before = sink.at('/link').length;
    const id = await parked(api, { message: 'Pay <b>{{input.amount}}</b>?', data: { order: 7 }, notify: notify() });
    const sent = JSON.parse(sink.at('/link')[before]?.body ?? '{}') as { url: string };
    const { pathname, search } = new URL(sent.url);
    return { id, link: bed.url + pathname + search };
  };
  const submit = (link: string, fields: Record<string, string>) =>
    fetch(link, { method: 'POST', body: new URLSearchParams(fields) });

  it('opens a page that decides nothing by itself, and whose form does', async () => {
    const { id, link } = await linkOf();
    const page = await fetch(link);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const html = await page.text();
    expect(html).toContain('Pay &lt;b&gt;7&lt;/b&gt;?');
    expect(html).toContain('&quot;order&quot;: 7');
    expect((await api.get<RunDto>(`/api/v1/runs/${id}`)).body.status).toBe('waiting');
    expect((await submit(link, {})).status).toBe(400);
    const done = await submit(link, { decision: 'approve', comment: 'ok' });
    expect([done.status, (await done.text()).includes('Approved')]).toEqual([200, true]);
    expect(await whenOver(api, id)).toMatchObject({ status: 'completed', output: { was: 'approved', why: 'ok' } });
    expect((await submit(link, { decision: 'reject' })).status).toBe(410);
    expect((await fetch(link)).status).toBe(410);
  });

  it('is good for nothing else, and stands in no record, event or log', async () => {
    const { id, link } = await linkOf();
    const token = new URL(link).searchParams.get('token') ?? '';
    const bytes = Buffer.from(token, 'base64url');
    for (const index of [0, 15, 16, 40, bytes.length - 1]) {
      const forged = Buffer.from(bytes);
      forged[index] = (forged[index] ?? 0) ^ 1;
      expect((await fetch(`${bed.url}/api/v1/approvals?token=${forged.toString('base64url')}`)).status).toBe(404);
    }
    expect((await fetch(`${bed.url}/api/v1/approvals`)).status).toBe(404);
    const { text } = await api.get(`/api/v1/runs/${id}`);
    expect(text).not.toContain(token);
    const rows = await bed.sql<{ text: string }>(
      `select events::text as text from run_events union all select input::text from runs`,
    );
    expect(rows.filter((row) => row.text.includes(token))).toEqual([]);
    expect(bed.server.output()).not.toContain(token);
  });
});

describe('a parked approval', () => {
  it('survives the worker, and the server that took the decision', async () => {
    const other = await openTestBed('approvalcrash', { role: 'api', env: ENV });
    let worker: ServerProcess = await startServer({ databaseUrl: other.databaseUrl, role: 'worker', env: ENV });
    try {
      const client = (await other.guest()).api;
      const id = await parked(client);
      await worker.kill();
      expect((await decide(client, id, { decision: 'approve' })).status).toBe(200);
      worker = await startServer({ databaseUrl: other.databaseUrl, role: 'worker', env: ENV });
      expect(await whenOver(client, id)).toMatchObject({ status: 'completed', output: { was: 'approved' } });
    } finally {
      await worker.stop();
      await other.close();
    }
  });

  it('goes on at once while another branch of the run is busy', async () => {
    const steps = [
      {
        id: 'each',
        type: 'loop',
        config: {
          collection: ['ask', 'work'],
          concurrency: 2,
          steps: [
            {
              id: 'which',
              type: 'condition',
              config: { expression: "item == 'ask'", then: ['question', 'told'], else: ['work'] },
            },
            { id: 'question', type: 'approval', config: {} },
            { id: 'told', type: 'general_api', config: { url: `${sink.url}/told`, method: 'POST' } },
            { id: 'work', type: 'general_api', config: { url: `${sink.url}/busy`, method: 'POST' } },
          ],
        },
      },
    ];
    let release = () => {};
    sink.on('/busy', (response) => void (release = () => response.writeHead(200).end('{}')));
    const made = await api.post<WorkflowDto>('/api/v1/workflows', { name: 'Busy', trigger: { type: 'api' }, steps });
    await api.post(`/api/v1/workflows/${made.body.id}/activate`);
    const { body } = await api.post<{ runId: string }>(`/api/v1/workflows/${made.body.id}/run`, {});
    await until(() => sink.at('/busy').length === 1);
    const answer = await until(async () => {
      const tried = await api.post(`/api/v1/runs/${body.runId}/steps/each%5B0%5D.question/decision`, {
        decision: 'approve',
      });
      return tried.status === 200 ? tried : Promise.reject(new Error(tried.text));
    });
    expect(answer.status).toBe(200);
    await until(() => sink.at('/told').length === 1);
    release();
    expect((await whenOver(api, body.runId)).status).toBe('completed');
  });
});
