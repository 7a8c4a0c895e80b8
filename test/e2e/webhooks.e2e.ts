import { createHmac, randomUUID } from 'node:crypto';
import { sign as signGitHub } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWebhook, callHook, deliveriesOf, type Sendable } from '../factories/webhook.js';
import { aDraft, aWorkflow, echoStep } from '../factories/workflow.js';
import { ApiClient, type RunDto, whenOver } from '../support/api.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

interface Accepted {
  run_id: string;
  status: string;
  output?: unknown;
  error?: unknown;
}
interface Refused {
  error: string;
  error_code?: string;
}

let bed: TestBed;
let guest: Guest;
let api: ApiClient;
/** Nobody: senders have no API key. */
let nobody: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('webhooks');
  guest = await bed.guest();
  api = guest.api;
  nobody = api.with(null);
});
afterAll(() => bed.close());

/** Answers 201 with a header, where the input asks for it. */
const RESPONSE = {
  id: 'answer',
  type: 'response',
  config: { output: { got: '{{input.n}}' }, status: 201, headers: { 'X-Got': 'n{{input.n}}', 'Set-Cookie': 'a=b' } },
};
const FAILING = { id: 'fail', type: 'transform', config: { mapping: { x: '{{ input.n | divided_by: 0 }}' } } };
const WAITING = { id: 'pause', type: 'wait', config: { duration: 150 } };

const inputOf = async (runId: string): Promise<unknown> => (await api.get<RunDto>(`/api/v1/runs/${runId}`)).body.input;

describe('a webhook', () => {
  it('is created with an address and a secret, which is shown once, and starts runs', async () => {
    const { id: workflowId } = await aWorkflow(api);
    const created = await api.post<Record<string, unknown>>('/api/v1/webhooks', { workflowId, name: 'Shop' });
    expect(created.status, created.text).toBe(201);
    const { secret, ...shown } = created.body;
    expect(shown).toMatchObject({ workflowId, name: 'Shop', origin: 'api', answer: 'accept', enabled: true });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shown['url']).toBe(`${bed.url}/api/webhooks/${String(shown['id']).slice(5)}`);
    const read = await api.get(`/api/v1/webhooks/${String(shown['id'])}`);
    expect(read.body).toEqual(shown);
    const hook = { id: String(shown['id']), path: new URL(String(shown['url'])).pathname, secret: String(secret) };

    const answer = await callHook<Accepted>(api, hook, { order: 7 });
    expect([answer.status, answer.body]).toEqual([202, { run_id: expect.stringMatching(/^run_/), status: 'pending' }]);
    expect(answer.headers.get('location')).toBe(`/api/v1/runs/${answer.body.run_id}`);
    const run = await whenOver(api, answer.body.run_id);
    expect(run).toMatchObject({ status: 'completed', trigger: 'webhook', input: { order: 7 }, workflowId });
    await until(async () => {
      const [delivery] = await deliveriesOf(api, hook.id);
      expect(delivery).toMatchObject({ outcome: 'accepted', reason: null, status: 202, runId: run.id });
    });
  });

  it('is listed, renamed, switched off, and deleted with its address', async () => {
    const { id: workflowId } = await aWorkflow(api);
    const hook = await aWebhook(api, workflowId);
    const list = await api.get<{ data: { id: string }[] }>(`/api/v1/webhooks?workflowId=${workflowId}`);
    expect(list.body.data.map(({ id }) => id)).toEqual([hook.id]);
    expect(list.text).not.toContain('secret":');
    const path = `/api/v1/webhooks/${hook.id}`;
    const changed = await api.send('PATCH', path, { body: { name: 'B', enabled: false, answer: 'respond' } });
    expect(changed.body).toMatchObject({ name: 'B', enabled: false, answer: 'respond' });
    expect((await callHook<Refused>(api, hook)).status).toBe(403);
    expect(
      (await api.send('PATCH', path, { body: { name: null, enabled: true, answer: 'accept' } })).body,
    ).toMatchObject({ name: null });
    expect((await callHook(api, hook)).status).toBe(202);
    expect((await api.send('DELETE', path)).status).toBe(204);
    expect((await callHook(api, hook)).status).toBe(404);
  });

  it('forgets the secret before where it is none of a new scheme, and refuses a scheme that the current one is none of', async () => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id, { secret: 'chosen by the sender' });
    const path = `/api/v1/webhooks/${hook.id}`;
    const change = () => api.send('PATCH', path, { body: { verification: { scheme: 'standard_webhooks' } } });
    const refused = await change();
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('rotate the secret first')]);
    await api.post(`${path}/rotate`, { overlapSeconds: 3600 });
    expect((await api.get(path)).body).toMatchObject({ previousSecretUntil: expect.any(String) as string });
    expect((await change()).status).toBe(200);
    expect((await api.get(path)).body).toMatchObject({ previousSecretUntil: null });
    expect(await bed.sql('select previous_secret from webhooks where id = $1', [hook.id.slice(5)])).toEqual([
      { previous_secret: null },
    ]);
  });

  it('takes both secrets for as long as its rotation says', async () => {
    const { id } = await aWorkflow(api);
    const hook = await aWebhook(api, id);
    const rotate = async (body: object) =>
      (await api.post<{ secret: string | null }>(`/api/v1/webhooks/${hook.id}/rotate`, body)).body.secret ?? '';
    const second = await rotate({ overlapSeconds: 3600 });
    expect((await callHook(api, hook)).status).toBe(202);
    expect((await callHook(api, { ...hook, secret: second })).status).toBe(202);
    await bed.sql(`update webhooks set previous_secret_until = now() - interval '1 second' where id = $1`, [
      hook.id.slice(5),
    ]);
    expect((await callHook(api, hook)).status).toBe(401);
    expect(await rotate({ secret: 'a secret of the sender' })).toBe('');
    expect((await callHook(api, { ...hook, secret: second })).status).toBe(401);
    expect((await callHook(api, { ...hook, secret: 'a secret of the sender' })).status).toBe(202);
  });

  it.each([
    [{}, 'workflowId'],
    [{ workflowId: 'wf_x' }, 'workflowId'],
    [{ verification: { scheme: 'rot13' } }, 'verification/scheme'],
    [{ verification: { scheme: 'hmac' } }, 'verification/header'],
    [{ verification: { scheme: 'github', prefix: 'x' } }, 'verification/prefix'],
    [{ verification: { scheme: 'standard_webhooks' }, secret: 'not base64!' }, 'secret'],
    [{ answer: 'shout' }, 'answer'],
  ])('is refused with the place of the mistake: %j', async (body, place) => {
    const { id } = await aDraft(api);
    const workflowId = Object.keys(body).length === 0 ? undefined : id;
    const answer = await api.post('/api/v1/webhooks', { workflowId, ...body });
    expect([answer.status, answer.body.errors?.map(({ pointer }) => pointer)]).toEqual([400, [`/${place}`]]);
  });
});

describe('the checks of a call', () => {
  it('come in the published order', async () => {
    const { id } = await aDraft(api);
    const hook = await aWebhook(api, id);
    const post = async (path: string, headers = {}) => {
      const { status, body } = await nobody.post<Refused>(path, {}, headers);
      return [status, body];
    };
    const bad = [400, { error: 'Invalid webhook ID', error_code: 'VALIDATION_ERROR' }];
    for (const wrong of ['x', 'hook_1', `hook_${randomUUID()}`, `${randomUUID()}0`])
      expect(await post(`/api/webhooks/${wrong}`)).toEqual(bad);
    expect(await post(`/api/webhooks/${randomUUID()}`)).toEqual([
      404,
      { error: 'Webhook not found', error_code: 'WORKFLOW_NOT_FOUND' },
    ]);
    const unauthorized = [401, { error: 'Unauthorized' }];
    expect(await post(hook.path)).toEqual(unauthorized);
    expect(await post(hook.path, { authorization: 'Bearer wrong' })).toEqual(unauthorized);
    const bearer = { authorization: `Bearer ${hook.secret}` };
    expect(await post(hook.path, bearer)).toEqual([403, { error: 'Webhook is not active' }]);
    await api.post(`/api/v1/workflows/${id}/activate`);
    expect((await post(hook.path.toUpperCase().replace('/API/WEBHOOKS', '/api/webhooks'), bearer))[0]).toBe(202);
    await api.post(`/api/v1/workflows/${id}/archive`);
    expect((await post(hook.path, bearer))[0]).toBe(404);
  });

  it('take the secret from the query only without a bearer header', async () => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id);
    const post = async (query: string, authorization?: string) =>
      (await nobody.post(hook.path + query, {}, authorization === undefined ? {} : { authorization })).status;
    const token = `?token=${encodeURIComponent(hook.secret)}`;
    expect(await post(token)).toBe(202);
    expect(await post(token, 'Basic eDp5')).toBe(202);
    for (const header of ['Bearer', 'Bearer ', 'bearer', 'BEARER']) expect(await post(token, header)).toBe(401);
    expect(await post(token, 'Bearer wrong')).toBe(401);
    expect(await post('?token=wrong', `Bearer ${hook.secret}`)).toBe(202);
    expect(await post(`${token}&token=x`)).toBe(401);
    expect(await post('?token=')).toBe(401);
  });

  it.each(['bearer', 'github'])('answer 429 to the twenty-first bad proof of a minute: %s', async (scheme) => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id, { verification: { scheme } });
    const bad = { authorization: 'Bearer guess', 'x-hub-signature-256': 'sha256=00' };
    const guess = () => nobody.post<Refused>(hook.path, {}, bad);
    const statuses: number[] = [];
    // Each process counts by itself.
    await until(
      async () => {
        const answer = await guess();
        statuses.push(answer.status);
        if (answer.status !== 429) throw new Error('not yet');
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      },
      { intervalMs: 1 },
    );
    expect(statuses.length).toBeGreaterThan(20);
    expect(new Set(statuses.slice(0, 20))).toEqual(new Set([401]));
    // Secrets can be guessed, so the right one is answered like the others; signatures cannot.
    const signed = { 'x-hub-signature-256': await signGitHub(hook.secret, '{}') };
    expect((await callHook(api, hook, {}, signed)).status).toBe(scheme === 'bearer' ? 429 : 202);
    const other = await aWebhook(api, (await aWorkflow(api)).id);
    expect((await nobody.post(other.path, {}, bad)).status).toBe(401);
    expect((await callHook(api, other)).status).toBe(202);
  });

  it('answer 429 to calls beyond the limit of the webhook', async () => {
    const { api: own } = await bed.guest({ settings: { rateLimits: { webhooks: 3 } } });
    const hook = await aWebhook(own, (await aWorkflow(own)).id);
    const answers = [];
    for (let call = 0; call < 4; call++) answers.push(await callHook<Refused>(own, hook));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 429]);
    expect(answers[0]?.headers.get('x-ratelimit-limit')).toBe('3');
    expect(answers[3]?.body).toEqual({ error: 'Rate limit exceeded. Limit: 3 requests per minute.' });
    expect(answers[3]?.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('show where an input is wrong, and keep what was sent', async () => {
    const inputSchema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
    const hook = await aWebhook(api, (await aWorkflow(api, { inputSchema })).id);
    const answer = await callHook<Refused>(api, hook, { m: 'canary' });
    expect([answer.status, answer.body]).toEqual([
      400,
      {
        error: 'Input validation failed',
        error_code: 'VALIDATION_ERROR',
        details: [{ path: ['n'], message: 'Required' }],
      },
    ]);
    const [delivery] = await until(() =>
      deliveriesOf(api, hook.id, '?outcome=refused').then((all) => all.length > 0 && all),
    );
    expect(delivery).toMatchObject({ reason: 'VALIDATION_ERROR', status: 400, runId: null });
    const kept = await api.get<{ body: string }>(`/api/v1/webhooks/${hook.id}/deliveries/${delivery?.id}`);
    expect(JSON.parse(kept.body.body)).toEqual({ m: 'canary' });
  });
});

describe('the body of a call', () => {
  const send = async (hook: Sendable, raw: string | undefined, type: string) => {
    const headers = { authorization: `Bearer ${hook.secret}`, 'content-type': type };
    return nobody.send<Accepted>('POST', hook.path, { ...(raw !== undefined && { raw }), headers });
  };

  it.each([
    ['{"a":[1]}', 'application/json', { a: [1] }],
    ['{"a":1}', 'application/x-www-form-urlencoded', { a: 1 }],
    ['{"a":1}', 'text/plain', { a: 1 }],
    ['[1,2]', 'application/json', { body: [1, 2] }],
    ['null', 'application/json', { body: null }],
    ['a=1&b=x+y&b=%C3%A9', 'application/x-www-form-urlencoded', { a: '1', b: ['x y', 'é'] }],
    [`payload=${encodeURIComponent('{"ref":"main"}')}`, 'application/x-www-form-urlencoded', { ref: 'main' }],
    ['payload=plain', 'application/x-www-form-urlencoded', { payload: 'plain' }],
    ['<a/>', 'application/xml; charset=utf-8', { body: '<a/>' }],
    ['hello', 'text/plain', { body: 'hello' }],
    ['{broken', 'application/json', {}],
    ['%PDF', 'application/pdf', {}],
    [undefined, '', {}],
  ])('%j as %s is the input', async (raw, type, input) => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id);
    const { status, body, text } = await send(hook, raw, type);
    expect(status, text).toBe(202);
    expect(await inputOf(body.run_id)).toEqual(input);
  });

  it('that cannot be stored is refused', async () => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id);
    for (const [raw, type] of [
      ['{"a":"\\u0000"}', 'application/json'],
      ['a=%00', 'application/x-www-form-urlencoded'],
      ['__proto__=1', 'application/x-www-form-urlencoded'],
      ['{"a":1,"a":2}', 'application/json'],
    ] as const)
      expect((await send(hook, raw, type)).status, raw).toBe(400);
  });
});

describe('an event that is sent again', () => {
  const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const now = () => Math.floor(Date.now() / 1000);
  const SCHEMES: [
    string,
    object,
    (raw: string, secret: string) => Promise<Record<string, string>> | Record<string, string>,
  ][] = [
    [
      'github',
      { scheme: 'github' },
      async (raw, secret) => ({
        'x-hub-signature-256': await signGitHub(secret, raw),
        'x-github-delivery': 'g-1',
        'x-github-event': 'push',
      }),
    ],
    [
      'stripe',
      { scheme: 'stripe' },
      (payload, secret) => ({
        'stripe-signature': new Stripe('sk_test_x').webhooks.generateTestHeaderString({ payload, secret }),
      }),
    ],
    [
      'slack',
      { scheme: 'slack' },
      (raw, secret) => ({
        'x-slack-request-timestamp': String(now()),
        'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${now()}:${raw}`).digest('hex')}`,
      }),
    ],
    [
      'standard webhooks',
      { scheme: 'standard_webhooks' },
      (raw, secret) => ({
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(now()),
        'webhook-signature': new Webhook(secret).sign('msg_1', new Date(now() * 1000), raw),
      }),
    ],
    [
      'hmac with an id in a header',
      { scheme: 'hmac', header: 'X-Sig', encoding: 'base64', eventId: { header: 'X-Event' } },
      (raw, secret) => ({ 'x-sig': createHmac('sha256', secret).update(raw).digest('base64'), 'x-event': '17' }),
    ],
    [
      'bearer with an id in the body',
      { scheme: 'bearer', eventId: { path: 'data.number' } },
      (_raw, secret) => ({ authorization: `Bearer ${secret}` }),
    ],
  ];

  it.each(SCHEMES)('has its first run, whatever it says: %s', async (_name, verification, sign) => {
    const hook = await aWebhook(api, (await aWorkflow(api)).id, { verification, secret: SECRET });
    const send = async (payload: object) => {
      const raw = JSON.stringify(payload, null, 1);
      return nobody.send<Accepted>('POST', hook.path, { raw, headers: await sign(raw, SECRET) });
    };
    const ids = { id: 'evt_1', event_id: 'Ev1', data: { number: 17 } };
    const first = await send({ ...ids, try: 1 });
    expect(first.status, first.text).toBe(202);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const second = await send({ ...ids, try: 2 });
    expect([second.status, second.body]).toEqual([202, first.body]);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await inputOf(first.body.run_id)).toMatchObject({ try: 1 });

    const raw = JSON.stringify(ids);
    const forged = await nobody.send<Refused>('POST', hook.path, {
      raw: `${raw} `,
      headers: { ...(await sign(raw, 'x'.repeat(30))) },
    });
    expect([forged.status, forged.body]).toEqual([401, { error: 'Unauthorized' }]);
    await until(async () => {
      const all = await deliveriesOf(api, hook.id);
      expect(all.map(({ outcome }) => outcome)).toEqual(['refused', 'duplicate', 'accepted']);
      expect(new Set(all.slice(1).map(({ runId, eventId }) => `${runId} ${eventId}`)).size).toBe(1);
      expect(all[0]?.reason).toMatch(/^BAD_S/);
    });
  });

  it('fifty times at once has one run', async () => {
    const verification = { scheme: 'bearer', eventId: { header: 'x-event' } };
    const hook = await aWebhook(api, (await aWorkflow(api)).id, { verification });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => callHook<Accepted>(api, hook, { n }, { 'x-event': 'one' })),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.run_id}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
  });

  it("is Slack's question for the address, which is answered without a run", async () => {
    const hook = await aWebhook(api, (await aDraft(api)).id, { verification: { scheme: 'slack' }, secret: SECRET });
    const raw = JSON.stringify({ type: 'url_verification', challenge: 'c-1' });
    const headers = await SCHEMES[2]?.[2](raw, SECRET);
    const answer = await nobody.send('POST', hook.path, { raw, headers: headers ?? {} });
    expect([answer.status, answer.body]).toEqual([200, { challenge: 'c-1' }]);
    expect((await nobody.send('POST', hook.path, { raw })).status).toBe(401);
  });
});

describe('the answer of a call', () => {
  it('is the result, where the caller waits for it', async () => {
    const hook = await aWebhook(api, (await aWorkflow(api, { steps: [WAITING, echoStep()] })).id);
    const answer = await callHook<Accepted>(api, { ...hook, path: `${hook.path}?wait=20` }, { n: 1 });
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { status: 'completed', output: { input: { n: 1 } }, error: null },
    ]);
    expect((await callHook(api, { ...hook, path: `${hook.path}?wait=no` })).status).toBe(202);
  });

  it.each([[[RESPONSE]], [[WAITING, RESPONSE]]])('is what the response step says: %#', async (steps) => {
    const hook = await aWebhook(api, (await aWorkflow(api, { steps })).id, { answer: 'respond' });
    const answer = await callHook<unknown>(api, hook, { n: 7 });
    expect([answer.status, answer.body]).toEqual([201, { got: 7 }]);
    expect(answer.headers.get('x-got')).toBe('n7');
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('is text of its own type', async () => {
    const config = { output: '<ok>{{input.n}}</ok>', headers: { 'content-type': 'text/xml', 'X-Bad': 'a\r\nb: c' } };
    const steps = [{ id: 'answer', type: 'response', config }];
    const hook = await aWebhook(api, (await aWorkflow(api, { steps })).id, { answer: 'respond' });
    const answer = await callHook(api, hook, { n: 7 });
    expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([200, '<ok>7</ok>', 'text/xml']);
    expect(answer.headers.get('x-bad')).toBeNull();
  });

  it('is 500 for a run that fails, without a word on why', async () => {
    const { id } = await aWorkflow(api, { steps: [FAILING] });
    const respond = await callHook(api, await aWebhook(api, id, { answer: 'respond' }), { n: 1 });
    const result = await callHook(api, await aWebhook(api, id, { answer: 'result' }), { n: 1 });
    expect([respond.status, respond.body]).toEqual([
      500,
      { error: 'Workflow execution failed', execution_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ]);
    expect([result.status, result.body]).toMatchObject([500, { error_code: 'EXECUTION_FAILED' }]);
  });

  it('is the published result, and 504 for a run that takes too long', async () => {
    const { id } = await aWorkflow(api, { steps: [WAITING, echoStep()] });
    const hook = await aWebhook(api, id, { answer: 'result' });
    const answer = await callHook(api, hook, { n: 1 });
    expect([answer.status, answer.body]).toEqual([
      200,
      { execution_id: expect.stringMatching(/^[0-9a-f-]{36}$/), status: 'completed', output: { input: { n: 1 } } },
    ]);
    const slow = await aWorkflow(api, { steps: [WAITING], settings: { maxDurationMs: 20 } });
    const late = await callHook(api, await aWebhook(api, slow.id, { answer: 'result' }));
    expect([late.status, late.body]).toMatchObject([504, { error_code: 'EXECUTION_TIMEOUT' }]);
  });

  it('reaches nobody who has left, and the run goes on', async () => {
    const { id } = await aWorkflow(api, { steps: [WAITING, echoStep()] });
    const { path, secret } = await aWebhook(api, id, { answer: 'result' });
    const leaving = new AbortController();
    const call = fetch(bed.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      signal: leaving.signal,
    }).catch(() => null);
    const runs = () => api.get<{ data: RunDto[] }>(`/api/v1/runs?workflowId=${id}`);
    const run = await until(async () => (await runs()).body.data[0] ?? null);
    leaving.abort();
    await call;
    expect(await whenOver(api, run.id)).toMatchObject({ status: 'completed' });
  });
});
