import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aConnection } from '../factories/connection.js';
import { aWorkflow, type StepBody, workflowBody } from '../factories/workflow.js';
import { type ApiClient, type Page, type RunDto, whenOver } from '../support/api.js';
import { json, type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

interface ConnectorBody {
  name: string;
  connection: { optional: boolean; oauth2: boolean; credentials: object; settings: object } | null;
  operations: { name: string; action: string; parameters: { properties: object }; output: object; example: object }[];
}

let bed: TestBed;
let sink: Sink;
let api: ApiClient;

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('connectors', { env: { OUTBOUND_ALLOW: '127.0.0.0/8' } });
});
afterAll(async () => {
  await bed.close();
  await sink.close();
});
beforeEach(async () => {
  ({ api } = await bed.guest());
  sink.requests.length = 0;
});

async function run(step: StepBody, input: object = {}): Promise<RunDto> {
  const { id } = await aWorkflow(api, { steps: [step] });
  const answer = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input });
  expect(answer.status, answer.text).toBeLessThan(300);
  return whenOver(api, answer.body.id);
}
const action = (name: string, config: object): StepBody => ({ id: 'act', type: 'action', action: name, config });

describe('the list of connectors', () => {
  it('tells everything that a workflow needs to know', async () => {
    const { status, body } = await api.get<Page<ConnectorBody>>('/api/v1/connectors');
    expect(status).toBe(200);
    expect(body).toMatchObject({ cursor: null, hasMore: false });
    expect(body.data.map(({ name }) => name)).toEqual(['email', 'http', 'slack', 'stripe']);
    const stripe = body.data.find(({ name }) => name === 'stripe');
    expect(stripe?.connection).toMatchObject({ optional: false, credentials: { required: ['apiKey'] } });
    expect(stripe?.operations.map((operation) => operation.action)).toContain('stripe.createInvoice');
    const one = await api.get<ConnectorBody>('/api/v1/connectors/stripe');
    expect(one.body).toEqual(stripe);
  });

  it('has the example of each operation accepted as a step', async () => {
    const { body } = await api.get<Page<ConnectorBody>>('/api/v1/connectors');
    for (const { action: name, example } of body.data.flatMap(({ operations }) => operations)) {
      const answer = await api.post('/api/v1/workflows', workflowBody({ steps: [action(name, example)] }));
      expect(answer.status, `${name}: ${answer.text}`).toBe(201);
    }
  });

  it('answers an unknown name with 404, and the envelope style with an envelope', async () => {
    expect((await api.get('/api/v1/connectors/constructor')).status).toBe(404);
    const { body } = await api
      .in('x-api-key')
      .get<{ success: true; data: ConnectorBody[]; meta: object }>('/api/v1/connectors');
    expect(body).toMatchObject({ success: true, meta: { cursor: null, hasMore: false } });
    expect(body.data).toHaveLength(4);
  });
});

describe('an action step that cannot be right', () => {
  it.each([
    [
      action('paypal.charge', {}),
      ['steps', 0, 'config'],
      /unknown connector "paypal"; known connectors are email, http, slack, stripe/,
    ],
    [
      action('stripe.createInvoices', {}),
      ['steps', 0, 'config'],
      /stripe has no operation "createInvoices"; it has createInvoice/,
    ],
    [action('stripe.getInvoice', {}), ['steps', 0, 'config', 'invoiceId'], /invoiceId Required/],
    [action('stripe.getInvoice', { invoiceId: 7 }), ['steps', 0, 'config', 'invoiceId'], /invoiceId must be a string/],
    [
      action('slack.postMessage', { text: '{{input.a}}', chanel: '#a' }),
      ['steps', 0, 'config', 'chanel'],
      /chanel is not allowed/,
    ],
    [action('slack.postMessage', { text: '{{input.a' }), ['steps', 0, 'config', 'text'], /position/],
  ])('%j is refused when it is saved', async (step, path, message) => {
    const answer = await api
      .in('x-api-key')
      .post<{ error: { details: { path: unknown[]; message: string }[] } }>(
        '/api/v1/workflows',
        workflowBody({ steps: [step] }),
      );
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.error.details).toMatchObject([{ path, message: expect.stringMatching(message) }]);
  });
});

describe('http connections', () => {
  it.each([
    ['bearer', { token: 'canary-bearer-token' }, {}, { authorization: 'Bearer canary-bearer-token' }],
    [
      'basic',
      { username: 'canary-user', password: 'canary-password' },
      {},
      { authorization: `Basic ${btoa('canary-user:canary-password')}` },
    ],
    ['header key', { apiKey: 'canary-api-key' }, { headerName: 'X-Shop' }, { 'x-shop': 'canary-api-key' }],
  ])(
    'authenticate by %s, and an API that repeats the credentials leaves none of them in the run',
    async (_how, credentials, settings, headers) => {
      await aConnection(api, 'http', credentials, { baseUrl: sink.url, ...settings });
      sink.on('/orders/7', (response, request) => json({ heard: request.headers })(response, request));
      const done = await run(action('http.request', { path: '/orders/{{input.id}}' }), { id: 7 });
      expect(sink.at('/orders/7')).toMatchObject([{ headers }]);
      expect(done).toMatchObject({ status: 'completed', output: { status: 200 } });
      expect(JSON.stringify(done)).toContain('[redacted]');
      expect(JSON.stringify(done)).not.toMatch(/canary|Y2FuYXJ5/);
    },
  );

  it('are chosen by the step, or by the run among several', async () => {
    const [first] = [
      await aConnection(api, 'http', { token: 'token-of-first' }, { baseUrl: sink.url }, 'first'),
      await aConnection(api, 'http', { token: 'token-of-second' }, { baseUrl: sink.url }, 'second'),
    ];
    expect(await run(action('http.request', { path: '/named', connection: 'second' }))).toMatchObject({
      status: 'completed',
    });
    expect(sink.at('/named')).toMatchObject([{ headers: { authorization: 'Bearer token-of-second' } }]);
    const { id } = await aWorkflow(api, { steps: [action('http.request', { path: '/chosen' })] });
    const answer = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, {
      input: {},
      connectionId: first?.id,
    });
    expect(answer.body, answer.text).toMatchObject({ status: 'completed' });
    expect(sink.at('/chosen')).toMatchObject([{ headers: { authorization: 'Bearer token-of-first' } }]);
  });

  it('send nothing to another origin', async () => {
    await aConnection(api, 'http', { token: 'canary-bearer-token' }, { baseUrl: 'http://127.0.0.1:1/v1' });
    expect(await run(action('http.request', { url: `${sink.url}/{{input.id}}` }), { id: 7 })).toMatchObject({
      status: 'failed',
      steps: [{ error: { code: 'INVALID_URL' } }],
    });
    expect(sink.requests).toEqual([]);
  });
});

describe('slack connections', () => {
  it('post by a bot token', async () => {
    sink.on('/api/chat.postMessage', json({ ok: true, channel: 'C1', ts: '17.1' }));
    await aConnection(api, 'slack', { botToken: 'xoxb-canary-token' }, { apiBase: `${sink.url}/api` });
    const done = await run(action('slack.postMessage', { channel: '#orders', text: 'Order {{input.id}}' }), { id: 7 });
    expect(done).toMatchObject({ status: 'completed', output: { ok: true, channel: 'C1', ts: '17.1' } });
    expect(sink.at('/api/chat.postMessage')).toMatchObject([
      { headers: { authorization: 'Bearer xoxb-canary-token' }, body: '{"text":"Order 7","channel":"#orders"}' },
    ]);
  });

  it('post through an incoming webhook, whose address is a secret', async () => {
    sink.on('/services/canary', (response) => void response.writeHead(404).end('no_service'));
    await aConnection(api, 'slack', { webhookUrl: `${sink.url}/services/canary` });
    const config = { connector: 'slack', action: 'sendWebhook', text: 'Order {{input.id}}' };
    const failed = await run({ id: 'act', type: 'action', config }, { id: 7 });
    expect(failed).toMatchObject({ status: 'failed', steps: [{ error: { code: 'CONNECTION_ERROR' } }] });
    expect(JSON.stringify(failed)).not.toContain('canary');
    expect(sink.at('/services/canary')).toMatchObject([{ body: '{"text":"Order 7"}' }]);
  });
});

describe('artifacts', () => {
  const PDF = Buffer.from('%PDF-1.7 \0\xff', 'latin1');
  const download: StepBody = {
    id: 'download',
    type: 'general_api',
    config: { url: '{{input.url}}', saveAs: '{{input.name}}' },
  };

  beforeEach(() => {
    sink.on('/file', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(PDF));
  });
  const saved = (name: string) => run(download, { url: `${sink.url}/file`, name });

  it('are listed, and downloaded as they came, for nobody to open in place', async () => {
    const done = await saved('Rechnung ü.pdf');
    expect(done.output).toMatchObject({
      artifact: { name: 'Rechnung ü.pdf', mediaType: 'text/html', size: PDF.length },
    });
    const list = await api.get<Page<{ name: string; stepId: string; sha256: string }>>(
      `/api/v1/runs/${done.id}/artifacts`,
    );
    expect(list.body).toMatchObject({
      data: [{ name: 'Rechnung ü.pdf', stepId: 'download', size: PDF.length }],
      hasMore: false,
    });
    const path = `/api/v1/runs/${done.id}/artifacts/${encodeURIComponent('Rechnung ü.pdf')}`;
    const answer = await fetch(bed.url + path, { headers: api.credential() });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(PDF);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html',
      'content-length': String(PDF.length),
      'content-disposition': `attachment; filename="Rechnung _.pdf"; filename*=UTF-8''Rechnung%20%C3%BC.pdf`,
      'x-content-type-options': 'nosniff',
    });
  });

  it('are nobody else’s, and there is none but those that were saved', async () => {
    const done = await saved('a.pdf');
    const { api: stranger } = await bed.guest();
    for (const path of [`/api/v1/runs/${done.id}/artifacts`, `/api/v1/runs/${done.id}/artifacts/a.pdf`]) {
      expect((await stranger.get(path)).status).toBe(404);
    }
    expect(await api.get(`/api/v1/runs/${done.id}/artifacts/b.pdf`)).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND', detail: 'Artifact not found' },
    });
  });

  it.each(['', '..', 'a/b.pdf', 'a\nb', 'x'.repeat(256)])('are not called %j', async (name) => {
    expect(await saved(name)).toMatchObject({ status: 'failed', steps: [{ error: { code: 'ARTIFACT_REFUSED' } }] });
  });

  it('have one step each', async () => {
    const { id } = await aWorkflow(api, { steps: [download, { ...download, id: 'again' }] });
    const input = { url: `${sink.url}/file`, name: 'a.pdf' };
    const { body } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input });
    expect(await whenOver(api, body.id)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringMatching(/The step "download" has saved an artifact "a.pdf" already/) },
    });
  });

  it('go with their run', async () => {
    const done = await saved('a.pdf');
    await bed.sql('delete from runs where id = $1', [done.id.slice(4)]);
    expect(await bed.sql('select name from artifacts where run_id = $1', [done.id.slice(4)])).toEqual([]);
  });
});
