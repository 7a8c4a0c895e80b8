import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWebhook, callHook, type Sendable, type WebhookDto } from '../factories/webhook.js';
import { aDraft, aWorkflow, echoStep, workflowBody } from '../factories/workflow.js';
import type { ApiClient, Page, WorkflowDto } from '../support/api.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('triggers', { env: { PUBLIC_URL: 'https://hooks.example.com/' } });
  ({ api } = await bed.guest());
});
afterAll(() => bed.close());

const hooksOf = async (workflowId: string): Promise<WebhookDto[]> =>
  (await api.get<Page<WebhookDto>>(`/api/v1/webhooks?workflowId=${workflowId}`)).body.data;

async function onlyHookOf(workflowId: string): Promise<WebhookDto> {
  const [hook, second] = await hooksOf(workflowId);
  if (!hook || second) throw new Error('not one webhook');
  return hook;
}

async function sendable(workflowId: string): Promise<Sendable> {
  const { id, url } = await onlyHookOf(workflowId);
  const { body } = await api.post<{ secret: string }>(`/api/v1/webhooks/${id}/rotate`);
  return { id, path: new URL(url).pathname, secret: body.secret };
}

const patch = (id: string, body: object) => api.send<WorkflowDto>('PATCH', `/api/v1/workflows/${id}`, { body });

describe('a trigger of type webhook', () => {
  it('makes a webhook with an address, whose secret is had by rotating it', async () => {
    const trigger = { type: 'webhook', answer: 'respond' };
    const workflow = await aWorkflow(api, { trigger });
    expect(workflow.trigger).toEqual(trigger);
    const hook = await onlyHookOf(workflow.id);
    expect(hook).toMatchObject({ origin: 'trigger', answer: 'respond', verification: { scheme: 'bearer' } });
    expect(hook.url).toBe(`https://hooks.example.com/api/webhooks/${hook.id.slice(5)}`);
    const answer = await callHook(api, await sendable(workflow.id), { n: 1 });
    expect([answer.status, answer.body]).toEqual([200, { input: { n: 1 } }]);
  });

  it('keeps its address and secret through edits, rollbacks and states', async () => {
    const { id } = await aWorkflow(api, { trigger: { type: 'webhook' } });
    const hook = await sendable(id);
    await patch(id, { trigger: { type: 'webhook', verification: { scheme: 'bearer', eventId: { path: 'id' } } } });
    await patch(id, { steps: [echoStep('other')], name: 'renamed' });
    expect(await onlyHookOf(id)).toMatchObject({ id: hook.id, verification: { eventId: { path: 'id' } } });
    expect((await callHook(api, hook)).status).toBe(202);
    expect((await api.post(`/api/v1/workflows/${id}/rollback`, { version: 1 })).status).toBe(200);
    expect(await onlyHookOf(id)).toMatchObject({ id: hook.id, verification: { scheme: 'bearer' } });
    await api.post(`/api/v1/workflows/${id}/pause`);
    expect((await callHook(api, hook)).status).toBe(403);
    await api.post(`/api/v1/workflows/${id}/resume`);
    expect((await callHook(api, hook)).status).toBe(202);
  });

  it('keeps its scheme while its secret is none of the new one', async () => {
    const { id } = await aWorkflow(api, { trigger: { type: 'webhook' } });
    const hook = await onlyHookOf(id);
    await api.post(`/api/v1/webhooks/${hook.id}/rotate`, { secret: 'chosen by the sender' });
    const standard = { trigger: { type: 'webhook', verification: { scheme: 'standard_webhooks' } } };
    const refused = await patch(id, standard);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('rotate the secret first')]);
    expect(await onlyHookOf(id)).toMatchObject({ verification: { scheme: 'bearer' } });
    await api.post(`/api/v1/webhooks/${hook.id}/rotate`, { overlapSeconds: 3600 });
    expect((await patch(id, standard)).status).toBe(200);
    expect(await onlyHookOf(id)).toMatchObject({
      verification: { scheme: 'standard_webhooks' },
      previousSecretUntil: null,
    });
  });

  it('takes its webhook away when it goes, and not those that were made beside it', async () => {
    const { id } = await aWorkflow(api, { trigger: { type: 'webhook' } });
    const hook = await sendable(id);
    const own = await aWebhook(api, id);
    await patch(id, { trigger: { type: 'api' } });
    expect((await callHook(api, hook)).status).toBe(404);
    expect((await callHook(api, own)).status).toBe(202);
    await patch(id, { trigger: { type: 'webhook' } });
    expect((await hooksOf(id)).map(({ origin }) => origin).sort()).toEqual(['api', 'trigger']);
  });

  it('is changed and removed through the workflow', async () => {
    const { id } = await aWorkflow(api, { trigger: { type: 'webhook' } });
    const path = `/api/v1/webhooks/${(await onlyHookOf(id)).id}`;
    const removed = await api.send('DELETE', path);
    expect([removed.status, removed.body.detail]).toEqual([400, expect.stringContaining("the workflow's trigger")]);
    expect((await api.send('PATCH', path, { body: { answer: 'result' } })).status).toBe(400);
    const named = await api.send<WebhookDto>('PATCH', path, { body: { name: 'Shop', enabled: false } });
    expect(named.body).toMatchObject({ name: 'Shop', enabled: false });
  });

  it.each([
    [{ verification: { scheme: 'hmac' } }, '/trigger/verification/header'],
    [{ verification: { scheme: 'nobody' } }, '/trigger/verification/scheme'],
    [{ answer: 'later' }, '/trigger/answer'],
    [{ cron: '* * * * *' }, '/trigger/cron'],
  ])('is refused with the place of the mistake: %j', async (members, pointer) => {
    const body = workflowBody({ trigger: { type: 'webhook', ...members } });
    const answer = await api.post('/api/v1/workflows', body);
    expect([answer.status, answer.body.errors?.map((error) => error.pointer)]).toEqual([400, [pointer]]);
  });

  it('of two edits at once leaves one webhook', async () => {
    const { id } = await aDraft(api);
    await Promise.all([1, 2, 3, 4].map((n) => patch(id, { trigger: { type: 'webhook' }, name: `n${n}` })));
    expect(await hooksOf(id)).toHaveLength(1);
  });

  it('shows no secret in the workflow, its versions and their comparison', async () => {
    const { id } = await aWorkflow(api, { trigger: { type: 'webhook' } });
    const { secret } = await sendable(id);
    for (const path of ['', '/versions', '/versions/1'])
      expect((await api.get(`/api/v1/workflows/${id}${path}`)).text).not.toMatch(
        new RegExp(`${secret.slice(0, 16)}|v1\\.`),
      );
  });
});

describe('a server without an encryption key', () => {
  it('makes no webhooks, and says what to set', async () => {
    const bare = await openTestBed('nokey', { env: { ENCRYPTION_KEY: '' } });
    try {
      const { api: client } = await bare.guest();
      const { id } = await aDraft(client);
      const answers = [
        await client.post('/api/v1/webhooks', { workflowId: id }),
        await client.post('/api/v1/workflows', workflowBody({ trigger: { type: 'webhook' } })),
      ];
      for (const { status, body } of answers) {
        expect([status, body.code]).toEqual([503, 'ENCRYPTION_NOT_CONFIGURED']);
        expect(body.detail).toContain('ENCRYPTION_KEY');
      }
    } finally {
      await bare.close();
    }
  });
});
