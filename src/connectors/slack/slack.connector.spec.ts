import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callOperation } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import { createSafeHttp } from '#libs/safe-http';
import { aContext } from '../../../libs/block-kit/compile-alone.js';
import { MemoryVault } from '../../../test/support/memory-ports.js';
import { json, type Sink, startSink } from '../../../test/support/sink.js';
import { SlackConnector } from './slack.connector.js';

const http = createSafeHttp({ allow: ['127.0.0.0/8'] });
const connector = new SlackConnector(http);
let sink: Sink;

beforeAll(async () => {
  sink = await startSink();
});
afterEach(() => {
  sink.requests.length = 0;
});
afterAll(async () => {
  await http.close();
  await sink.close();
});

const call = (name: string, credentials: JsonObject, parameters: JsonObject) => {
  const vault = new MemoryVault();
  vault.add({ provider: 'slack', name: 'team', credentials, settings: { apiBase: `${sink.url}/api` } });
  const operation = connector.operations.find((known) => known.name === name)!;
  return callOperation(vault, { connector, operation, parameters, connection: null }, aContext());
};
const bot = { botToken: 'xoxb-secret-token' };

describe('slack.postMessage', () => {
  it('posts by a bot to a channel', async () => {
    sink.on('/api/chat.postMessage', json({ ok: true, channel: 'C1', ts: '17.1', message: { text: 'hi' } }));
    const parameters = { channel: '#orders', text: 'hi', threadTs: '16.9', unfurlLinks: false };
    expect(await call('postMessage', bot, parameters)).toEqual({
      kind: 'done',
      output: { ok: true, channel: 'C1', ts: '17.1' },
    });
    const [request] = sink.at('/api/chat.postMessage');
    expect(request?.headers.authorization).toBe('Bearer xoxb-secret-token');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      text: 'hi',
      channel: '#orders',
      thread_ts: '16.9',
      unfurl_links: false,
    });
  });

  it('posts through an incoming webhook where the connection has one', async () => {
    sink.on('/hook/secret', (response) => void response.end('ok'));
    const webhook = { webhookUrl: `${sink.url}/hook/secret` };
    for (const name of ['postMessage', 'sendWebhook']) {
      expect(await call(name, webhook, { text: 'hi', blocks: [{ type: 'divider' }] })).toEqual({
        kind: 'done',
        output: { ok: true },
      });
    }
    const posted = sink.at('/hook/secret').map(({ body }) => JSON.parse(body) as unknown);
    const message = { text: 'hi', blocks: [{ type: 'divider' }] };
    expect(posted).toEqual([message, message]);
  });

  it.each([
    [
      200,
      { ok: false, error: 'channel_not_found' },
      {},
      { error: { code: 'INTEGRATION_ERROR', message: 'Slack: channel_not_found' }, retryable: false },
    ],
    [200, { ok: false, error: 'ratelimited' }, { 'retry-after': '30' }, { retryable: true, retryAfterMs: 30_000 }],
    [429, {}, { 'retry-after': '1' }, { retryable: true, retryAfterMs: 1_000 }],
    [503, {}, {}, { retryable: true, error: { message: 'Slack: HTTP 503' } }],
    [200, { ok: false, error: 'token_revoked' }, {}, { error: { code: 'CONNECTION_ERROR' }, retryable: false }],
  ])('%i %j %j means %j', async (status, body, headers, expected) => {
    sink.on('/api/chat.postMessage', json(body, status, headers));
    expect(await call('postMessage', bot, { channel: '#orders', text: 'hi' })).toMatchObject({
      kind: 'failed',
      ...expected,
    });
  });

  it.each([
    [404, 'no_service', 'CONNECTION_ERROR', false],
    [403, 'invalid_token', 'CONNECTION_ERROR', false],
    [400, 'invalid_payload', 'INTEGRATION_ERROR', false],
    [500, 'rollup_error', 'INTEGRATION_ERROR', true],
  ])('a webhook that answers %i %s means %s', async (status, text, code, retryable) => {
    sink.on('/hook/bad', (response) => void response.writeHead(status).end(text));
    const outcome = await call('sendWebhook', { webhookUrl: `${sink.url}/hook/bad` }, { text: 'hi' });
    expect(outcome).toMatchObject({ kind: 'failed', error: { code }, retryable });
    expect(JSON.stringify(outcome)).toContain(text);
  });

  it('says what the connection lacks', async () => {
    expect(await call('sendWebhook', bot, { text: 'hi' })).toMatchObject({
      error: { message: 'The connection "team" has no webhookUrl, which this operation needs.' },
    });
  });
});

describe('testing a slack connection', () => {
  const test = (credentials: JsonObject) =>
    connector.connection.test(
      { id: 'c', provider: 'slack', name: 'team', credentials, settings: { apiBase: `${sink.url}/api` } },
      AbortSignal.timeout(5_000),
    );

  it('asks who the bot is', async () => {
    sink.on('/api/auth.test', json({ ok: true, team_id: 'T1' }));
    expect(await test(bot)).toEqual({ ok: true, externalAccountId: 'T1' });
    sink.on('/api/auth.test', json({ ok: false, error: 'invalid_auth' }));
    expect(await test(bot)).toEqual({ ok: false, message: 'invalid_auth' });
    expect(await test({ webhookUrl: `${sink.url}/hook` })).toEqual({ ok: true });
  });
});
