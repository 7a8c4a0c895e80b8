import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aWorkflow, type StepBody } from '../factories/workflow.js';
import { type ApiClient, type Page, type Refusal, type RunDto, whenOver } from '../support/api.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

interface TemplateBody {
  id: string;
  name: string;
  description: string | null;
  subject: string;
  html: string | null;
  text: string | null;
  createdAt: string;
  updatedAt: string;
}

const TEMPLATES = '/api/v1/email-templates';
const CONFIRMED = { name: 'order-confirmed', subject: 'Order {{ id }}', html: '<p>{{ name }}</p>' };

let bed: TestBed;
let smtp: MailServer;
let sink: Sink;
let api: ApiClient;

beforeAll(async () => {
  [smtp, sink] = [await startMailServer(), await startSink()];
  const env = {
    OUTBOUND_ALLOW: '127.0.0.0/8',
    SMTP_URL: `smtp://127.0.0.1:${smtp.port}`,
    EMAIL_FROM: 'Runhook <runhook@example.org>',
  };
  bed = await openTestBed('email', { env });
});
afterAll(async () => {
  await bed.close();
  await Promise.all([smtp.close(), sink.close()]);
});
beforeEach(async () => {
  ({ api } = await bed.guest());
  smtp.mails.length = 0;
});

async function run(client: ApiClient, steps: StepBody[], input: object = {}): Promise<RunDto> {
  const { id } = await aWorkflow(client, { steps });
  const { body } = await client.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input });
  return whenOver(client, body.id);
}
const email = (config: object): StepBody => ({ id: 'send', type: 'email', config });
const aTemplate = async (body: object = CONFIRMED): Promise<TemplateBody> => {
  const answer = await api.post<TemplateBody>(TEMPLATES, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
};

describe('email steps', () => {
  it("go through the server's mail server where the organization has none", async () => {
    const done = await run(api, [email({ to: '{{input.to}}', subject: 'Hi', body: { text: 'Hello' } })], {
      to: ['a@example.com', 'b@example.com'],
    });
    expect(done).toMatchObject({
      status: 'completed',
      output: {
        messageId: `<${done.id.slice(4)}.send@example.org>`,
        accepted: ['a@example.com', 'b@example.com'],
        rejected: [],
      },
    });
    expect(smtp.mails).toMatchObject([{ sender: 'runhook@example.org', mail: { subject: 'Hi' } }]);
  });

  it('name both ways to set sending up where there is none', async () => {
    const bare = await openTestBed('email_unset');
    const { api: client } = await bare.guest();
    const failed = await run(client, [email({ to: 'a@example.com', subject: 'Hi', body: { text: 'Hello' } })]);
    expect(failed).toMatchObject({
      status: 'failed',
      steps: [
        {
          attempt: 1,
          error: {
            code: 'CONNECTION_ERROR',
            message: expect.stringMatching(/provider "email".*SMTP_URL and EMAIL_FROM/),
          },
        },
      ],
    });
    await bare.close();
  });

  it('attach artifacts of the run, and what steps made', async () => {
    sink.on('/invoice', (response) => void response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF'));
    const attachments = [{ artifact: 'invoice.pdf' }, { filename: 'order.csv', content: '{{input.csv}}' }];
    const done = await run(
      api,
      [
        { id: 'download', type: 'general_api', config: { url: `${sink.url}/invoice`, saveAs: 'invoice.pdf' } },
        email({ to: 'a@example.com', subject: 'Invoice', body: { text: 'See attached.' }, attachments }),
      ],
      { csv: 'id,total' },
    );
    expect(done.status, JSON.stringify(done.error)).toBe('completed');
    const files = smtp.mails[0]?.mail.attachments ?? [];
    expect(files.map(({ filename, contentType, content }) => [filename, contentType, content.toString()])).toEqual([
      ['invoice.pdf', 'application/pdf', '%PDF'],
      ['order.csv', 'text/csv', 'id,total'],
    ]);
  });

  it('cannot be made to write headers', async () => {
    for (const input of [
      { to: 'a@example.com\r\nBcc: b@example.com', s: 'x' },
      { to: 'a@example.com', s: 'x\r\nBcc: b@example.com' },
    ]) {
      expect(
        await run(api, [email({ to: '{{input.to}}', subject: '{{input.s}}', body: { text: 'x' } })], input),
      ).toMatchObject({
        status: 'failed',
        steps: [{ error: { code: 'INPUT_INVALID' } }],
      });
    }
    expect(smtp.mails).toEqual([]);
  });

  it('send a stored template as it is when the step runs', async () => {
    const { id } = await aTemplate();
    const step = email({
      action: 'sendTemplate',
      to: 'a@example.com',
      template: { name: 'order-confirmed', variables: { id: '{{input.id}}', name: '{{input.name}}' } },
    });
    const workflow = await aWorkflow(api, { steps: [step] });
    const start = async () => {
      const { body } = await api.post<RunDto>(`/api/v1/workflows/${workflow.id}/run?wait=10`, {
        input: { id: 7, name: '<Ann>' },
      });
      return whenOver(api, body.id);
    };
    expect((await start()).status).toBe('completed');
    await api.send('PATCH', `${TEMPLATES}/${id}`, { body: { subject: 'Changed {{ id }}' } });
    expect((await start()).status).toBe('completed');
    expect(smtp.mails.map(({ mail }) => mail.subject)).toEqual(['Order 7', 'Changed 7']);
    expect(smtp.mails[0]?.mail.html).toContain('<p>&lt;Ann&gt;</p>');
    await api.send('DELETE', `${TEMPLATES}/${id}`);
    expect(await start()).toMatchObject({
      status: 'failed',
      steps: [{ error: { code: 'TEMPLATE_NOT_FOUND', message: 'There is no email template "order-confirmed"' } }],
    });
  });

  it("do not find another organization's template", async () => {
    const { id } = await aTemplate();
    const { api: stranger } = await bed.guest();
    for (const reference of [id, 'order-confirmed']) {
      const step = email({ action: 'sendTemplate', to: 'a@example.com', template: { id: reference } });
      expect(await run(stranger, [step])).toMatchObject({ steps: [{ error: { code: 'TEMPLATE_NOT_FOUND' } }] });
    }
  });
});

describe('email templates', () => {
  it('are created, read, listed, changed and deleted', async () => {
    const created = await aTemplate({ ...CONFIRMED, description: 'For orders' });
    expect(created).toEqual({
      ...CONFIRMED,
      id: expect.stringMatching(/^tmpl_/),
      description: 'For orders',
      text: null,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
    const path = `${TEMPLATES}/${created.id}`;
    expect((await api.get<TemplateBody>(path)).body).toEqual(created);
    const change = { description: null, html: null, text: 'Hello {{ name }}' };
    const changed = await api.send<TemplateBody>('PUT', path, { body: change });
    expect(changed.body).toMatchObject({ ...change, name: CONFIRMED.name, subject: CONFIRMED.subject });
    const second = await aTemplate({ name: 'second', subject: 's', text: 't' });
    const page = await api.get<Page<TemplateBody>>(`${TEMPLATES}?limit=1`);
    expect(page.body).toMatchObject({ data: [{ id: second.id }], hasMore: true });
    const rest = await api.get<Page<TemplateBody>>(`${TEMPLATES}?limit=1&cursor=${page.body.cursor}`);
    expect(rest.body).toMatchObject({ data: [{ id: created.id }], hasMore: false });
    expect((await api.send('DELETE', path)).status).toBe(204);
    expect((await api.get(path)).status).toBe(404);
    expect((await api.send('DELETE', path)).status).toBe(404);
  });

  it.each([
    [{ ...CONFIRMED, html: '<p>{{ name }' }, 'html', /at position 3/],
    [{ ...CONFIRMED, subject: '{{ name | nope }}' }, 'subject', /nope/],
    [{ ...CONFIRMED, text: '{% include "/etc/passwd" %}' }, 'text', /include/],
    [{ name: 'x', subject: 's' }, 'html', /is needed/],
    [{ ...CONFIRMED, name: 'a\nb' }, 'name', /without line breaks/],
    [{ ...CONFIRMED, name: undefined }, 'name', /Required/],
    [{ ...CONFIRMED, body: 'x' }, 'body', /./],
  ])('%j is refused, naming the field', async (body, field, message) => {
    const answer = await api.in('x-api-key').post<Refusal>(TEMPLATES, body);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: 'VALIDATION_ERROR',
      details: [{ path: [field], message: expect.stringMatching(message) }],
    });
  });

  it('have names of their own, in each organization', async () => {
    const { id } = await aTemplate();
    const other = await aTemplate({ ...CONFIRMED, name: 'other' });
    expect(await api.post(TEMPLATES, CONFIRMED)).toMatchObject({
      status: 409,
      body: { code: 'EMAIL_TEMPLATE_NAME_TAKEN' },
    });
    expect((await api.send('PATCH', `${TEMPLATES}/${other.id}`, { body: { name: CONFIRMED.name } })).status).toBe(409);
    expect((await api.send('PATCH', `${TEMPLATES}/${id}`, { body: { name: CONFIRMED.name } })).status).toBe(200);
    const { api: stranger } = await bed.guest();
    expect((await stranger.post(TEMPLATES, CONFIRMED)).status).toBe(201);
  });

  it('are not changed by a key that is bound to workflows', async () => {
    const { id } = await aTemplate();
    const workflow = await aWorkflow(api);
    const { body } = await api.post<{ key: string }>('/api/v1/api-keys', {
      name: 'bound',
      workflowIds: [workflow.id],
      scopes: ['workflows:read', 'workflows:write'],
    });
    const bound = api.with(body.key);
    expect((await bound.get(`${TEMPLATES}/${id}`)).status).toBe(200);
    expect((await bound.post(TEMPLATES, { ...CONFIRMED, name: 'x' })).status).toBe(403);
    expect((await bound.send('PATCH', `${TEMPLATES}/${id}`, { body: { subject: 'x' } })).status).toBe(403);
    expect((await bound.send('DELETE', `${TEMPLATES}/${id}`)).status).toBe(403);
  });
});
