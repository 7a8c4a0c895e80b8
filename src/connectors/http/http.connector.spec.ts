import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callOperation, type OpenConnection } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import { createSafeHttp } from '#libs/safe-http';
import { aContext } from '../../../libs/block-kit/compile-alone.js';
import { MemoryArtifacts, MemoryVault } from '../../../test/support/memory-ports.js';
import { json, type Sink, startSink } from '../../../test/support/sink.js';
import { HttpConnector } from './http.connector.js';

const http = createSafeHttp({ allow: ['127.0.0.0/8'] });
const artifacts = new MemoryArtifacts();
const connector = new HttpConnector(http, artifacts);
let sink: Sink;
let other: Sink;

beforeAll(async () => {
  [sink, other] = [await startSink(), await startSink()];
});
afterEach(() => {
  sink.requests.length = 0;
  other.requests.length = 0;
});
afterAll(async () => {
  await http.close();
  await Promise.all([sink.close(), other.close()]);
});

const request = (credentials: JsonObject, parameters: JsonObject, settings: JsonObject = {}, next?: JsonObject) => {
  const vault = new MemoryVault();
  const connection = {
    provider: 'http',
    name: 'api',
    credentials,
    settings: { baseUrl: `${sink.url}/v1`, ...settings },
  };
  vault.add({ ...connection, ...(next && { next }) });
  const [operation] = connector.operations;
  return callOperation(vault, { connector, operation: operation!, parameters, connection: null }, aContext());
};

describe('http.request', () => {
  it.each([
    ['a bearer token', { token: 'secret-token' }, {}, { authorization: 'Bearer secret-token' }],
    ['an OAuth token', { accessToken: 'access-token' }, {}, { authorization: 'Bearer access-token' }],
    ['basic authentication', { username: 'me', password: 'pass' }, {}, { authorization: 'Basic bWU6cGFzcw==' }],
    ['a key', { apiKey: 'secret-key' }, {}, { 'x-api-key': 'secret-key' }],
    ['a key in a header of its own', { apiKey: 'secret-key' }, { headerName: 'X-Shop' }, { 'x-shop': 'secret-key' }],
  ])('sends %s', async (_what, credentials, settings, headers) => {
    const parameters = { method: 'POST', path: '/orders', query: { a: 1 }, body: { amount: 5 } };
    expect(await request(credentials, parameters, settings)).toMatchObject({
      kind: 'done',
      output: { status: 200, body: { ok: true } },
    });
    expect(sink.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v1/orders?a=1',
        body: '{"amount":5}',
        headers: { ...headers, 'idempotency-key': 'run-1:step-1' },
      },
    ]);
  });

  it('sends its credentials to no other origin: not by url, not by a redirect', async () => {
    expect(await request({ token: 'secret-token' }, { url: `${other.url}/v1/orders` })).toMatchObject({
      kind: 'failed',
      error: { code: 'INVALID_URL', message: `The connection "api" may be used with ${sink.url} only.` },
    });
    expect(other.requests).toEqual([]);
    sink.on('/v1/away', (response) => void response.writeHead(307, { location: `${other.url}/there` }).end());
    for (const [credentials, settings] of [
      [{ token: 'secret-token' }, {}],
      [{ apiKey: 'secret-key' }, { headerName: 'X-Shop' }],
    ] as const) {
      expect(await request(credentials, { path: '/away' }, settings)).toMatchObject({ kind: 'done' });
    }
    expect(other.at('/there')).toHaveLength(2);
    for (const { headers } of other.at('/there')) expect(JSON.stringify(headers)).not.toMatch(/secret/);
  });

  it('does not let a step set the header that carries the credentials', async () => {
    expect(await request({ token: 'secret-token' }, { headers: { Authorization: 'Bearer other' } })).toMatchObject({
      error: { code: 'INVALID_HEADER' },
    });
  });

  it('keeps an answer as an artifact', async () => {
    sink.on('/v1/file', (response) => void response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF'));
    expect(await request({ token: 'secret-token' }, { path: '/file', saveAs: 'a.pdf' })).toMatchObject({
      output: { status: 200, artifact: { name: 'a.pdf', mediaType: 'application/pdf', size: 4 } },
    });
    expect((await artifacts.find('organization-1', 'run-1', 'a.pdf'))?.content.toString()).toBe('%PDF');
  });

  it('renews a refused OAuth token once', async () => {
    sink.on('/v1/orders', (response, { headers }) =>
      json({}, headers.authorization === 'Bearer new-token' ? 200 : 401)(response, sink.requests[0]!),
    );
    expect(
      await request({ accessToken: 'old-token' }, { path: '/orders' }, {}, { accessToken: 'new-token' }),
    ).toMatchObject({ kind: 'done' });
    expect(await request({ token: 'old-token' }, { path: '/orders' })).toMatchObject({
      error: { code: 'CONNECTION_ERROR' },
      retryable: false,
    });
    sink.on('/v1/orders', json({ ok: true }));
  });

  it('fails outside 2xx as general_api does', async () => {
    sink.on('/v1/busy', json({}, 503, { 'retry-after': '3' }));
    expect(await request({}, { path: '/busy' })).toMatchObject({
      error: { code: 'HTTP_STATUS' },
      retryable: true,
      retryAfterMs: 3000,
    });
    expect(await request({}, { path: '/busy', failOnStatus: false })).toMatchObject({ output: { status: 503 } });
  });

  it('shows no credential in records', () => {
    const [operation] = connector.operations;
    const shown = operation?.shown?.({
      method: 'GET',
      path: '/a?token=secret',
      headers: { 'X-Api-Key': 'secret' },
      saveAs: 'x',
    });
    expect(shown).toEqual({ method: 'GET', url: '/a?token=***', headers: { 'X-Api-Key': '***' }, saveAs: 'x' });
  });
});

describe('testing an http connection', () => {
  const connection = (settings: JsonObject): OpenConnection => ({
    id: 'c',
    provider: 'http',
    name: 'api',
    credentials: { token: 'secret-token' },
    settings,
  });
  const test = (settings: JsonObject) => connector.connection.test(connection(settings), AbortSignal.timeout(5_000));

  it('asks its testPath, or nothing', async () => {
    sink.on('/bad', json({}, 401));
    expect(await test({ baseUrl: sink.url, testPath: '/good' })).toEqual({ ok: true });
    expect(sink.at('/good')).toMatchObject([{ headers: { authorization: 'Bearer secret-token' } }]);
    expect(await test({ baseUrl: sink.url, testPath: '/bad' })).toEqual({
      ok: false,
      message: 'the server answered 401',
    });
    expect(await test({ baseUrl: sink.url })).toEqual({ ok: true });
    expect(await test({ baseUrl: 'http://10.0.0.1' })).toMatchObject({ ok: false });
    expect(sink.requests).toHaveLength(2);
  });
});
