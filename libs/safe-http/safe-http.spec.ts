import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { createSafeHttp, type SafeHttpOptions } from './safe-http.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A connection returns to its pool one turn of the event loop after the answer's end. */
const pooled = () => setImmediate();

/** A loopback server that counts its connections. */
async function serve(handler: RequestListener) {
  const server = createServer(handler);
  const counts = { connections: 0 };
  server.on('connection', () => (counts.connections += 1));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { server, counts, port, url: `http://127.0.0.1:${port}` };
}

function client(options: SafeHttpOptions = { allow: ['127.0.0.1/32'] }) {
  const http = createSafeHttp(options);
  cleanups.push(() => http.close());
  return http;
}

async function textOf(message: IncomingMessage): Promise<string> {
  return Buffer.concat(await message.toArray()).toString();
}

const echo: RequestListener = (request, response) => {
  void textOf(request).then((body) =>
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body })),
  );
};
const echoed = ({ body }: { body: Buffer }) =>
  JSON.parse(body.toString()) as { method: string; url: string; headers: Record<string, string>; body: string };

const redirectTo =
  (location: string, status = 302): RequestListener =>
  (request, response) =>
    request.url === '/end' ? echo(request, response) : response.writeHead(status, { location }).end('moved');

describe('request', () => {
  it('sends method, path, query, headers and body, and no fragment', async () => {
    const { url } = await serve(echo);
    const response = await client().request({
      method: 'post',
      url: `${url}/a/b?c=d#e`,
      headers: { 'X-Name': 'Zoë', 'content-type': 'text/plain' },
      body: 'hello',
    });
    expect(response).toMatchObject({ status: 200, truncated: false, url: `${url}/a/b?c=d` });
    expect(echoed(response)).toMatchObject({
      method: 'POST',
      url: '/a/b?c=d',
      body: 'hello',
      headers: { 'x-name': 'Zoë', 'content-type': 'text/plain', 'content-length': '5', 'user-agent': 'Runhook' },
    });
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('sends %s without a body', async (method) => {
    const { url } = await serve((request, response) => response.setHeader('x-method', request.method!).end());
    const response = await client().request({ method, url });
    expect(response).toMatchObject({ status: 200, headers: { 'x-method': method }, body: Buffer.alloc(0) });
  });

  it('returns error statuses as answers', async () => {
    const { url } = await serve((_, response) => response.writeHead(503, { 'retry-after': '7' }).end('later'));
    const response = await client().request({ method: 'GET', url });
    expect(response).toMatchObject({ status: 503, headers: { 'retry-after': '7' } });
    expect(response.body.toString()).toBe('later');
  });

  it('keeps connections open between requests', async () => {
    const { url, counts } = await serve(echo);
    const http = client();
    await http.request({ method: 'GET', url });
    await pooled();
    await http.request({ method: 'POST', url, body: Buffer.from('x') });
    expect(counts.connections).toBe(1);
  });

  it('does not share a connection that was logged in as a whole', async () => {
    const { url, counts } = await serve(echo);
    const http = client();
    await http.request({ method: 'GET', url, headers: { authorization: 'Negotiate abc' } });
    await pooled();
    await http.request({ method: 'GET', url });
    expect(counts.connections).toBe(2);
  });

  it('goes past proxies named in the environment', async () => {
    const proxy = await serve(echo);
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']) vi.stubEnv(name, proxy.url);
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    const { url } = await serve(echo);
    await client().request({ method: 'GET', url });
    expect(proxy.counts.connections).toBe(0);
  });

  it.each([
    ['gzip', gzipSync('hello')],
    ['X-GZIP', gzipSync('hello')],
    ['deflate', deflateSync('hello')],
    ['deflate', deflateRawSync('hello')],
    ['br', brotliCompressSync('hello')],
    ['identity', Buffer.from('hello')],
  ])('decodes %s', async (encoding, body) => {
    const { url } = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body));
    const response = await client().request({ method: 'GET', url });
    expect(response.body.toString()).toBe('hello');
    expect(response.headers).not.toHaveProperty('content-encoding');
  });

  it.each(['HEAD', 'GET'])('takes an encoding without a body as no body (%s)', async (method) => {
    const { url } = await serve((_, response) =>
      response.writeHead(method === 'HEAD' ? 200 : 204, { 'content-encoding': 'gzip' }).end(),
    );
    await expect(client().request({ method, url })).resolves.toMatchObject({ body: Buffer.alloc(0) });
  });

  it('refuses bad headers and methods before any connection', async () => {
    const { url, counts } = await serve(echo);
    const refused = { code: 'INVALID_HEADER', retryable: false };
    await expect(client().request({ method: 'GET', url, headers: { a: 'b\r\nc: d' } })).rejects.toMatchObject(refused);
    await expect(client().request({ method: 'GET', url, headers: { Host: 'x' } })).rejects.toMatchObject(refused);
    await expect(client().request({ method: 'CONNECT', url })).rejects.toMatchObject(refused);
    expect(counts.connections).toBe(0);
  });

  it('ends with ABORTED once the client is closed, before and during', async () => {
    const { url, server } = await serve(() => {});
    const http = client();
    server.once('request', () => void http.close());
    await expect(http.request({ method: 'GET', url })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(http.request({ method: 'GET', url })).rejects.toMatchObject({ code: 'ABORTED', retryable: false });
  });
});

describe('addresses', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '127.0.0.1.',
    '[::ffff:7f00:1]',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[::1]',
    '[::]',
    '0',
  ])('refuses http://%s without resolving or connecting', async (host) => {
    const { port, counts } = await serve(echo);
    const lookup = vi.fn<() => Promise<[]>>(async () => []);
    const http = client({ ports: [port], lookup });
    await expect(http.request({ method: 'GET', url: `http://${host}:${port}` })).rejects.toMatchObject({
      code: 'BLOCKED_ADDRESS',
      retryable: false,
    });
    expect(lookup).not.toHaveBeenCalled();
    expect(counts.connections).toBe(0);
  });

  it.each(['localhost', 'LOCALHOST', 'localhost.', 'ⓛocalhost', 'rebind.test'])(
    'refuses http://%s, which resolves to loopback',
    async (host) => {
      const { port, counts } = await serve(echo);
      const http = client({ ports: [port], lookup: async () => [{ address: '127.0.0.1' }] });
      await expect(http.request({ method: 'GET', url: `http://${host}:${port}` })).rejects.toMatchObject({
        code: 'BLOCKED_ADDRESS',
      });
      expect(counts.connections).toBe(0);
    },
  );

  it("refuses this machine's loopback name by the system's own resolver", async () => {
    const { port, counts } = await serve(echo);
    await expect(
      client({ ports: [port] }).request({ method: 'GET', url: `http://localhost:${port}` }),
    ).rejects.toMatchObject({ code: 'BLOCKED_ADDRESS' });
    expect(counts.connections).toBe(0);
  });

  it('refuses a name when one of its addresses is refused', async () => {
    const { port, counts } = await serve(echo);
    const addresses = [{ address: '127.0.0.1' }, { address: '127.0.0.2' }];
    const http = client({ allow: ['127.0.0.1/32'], lookup: async () => addresses });
    await expect(http.request({ method: 'GET', url: `http://mixed.test:${port}` })).rejects.toMatchObject({
      code: 'BLOCKED_ADDRESS',
    });
    expect(counts.connections).toBe(0);
  });

  it('resolves once a connection and connects to that answer, keeping the Host header', async () => {
    const { port } = await serve((request, response) => {
      if (request.url === '/last') response.setHeader('connection', 'close');
      echo(request, response);
    });
    const answers = [[{ address: '127.0.0.1' }], [{ address: '127.0.0.2' }]];
    const lookup = vi.fn<() => Promise<{ address: string }[]>>(async () => answers.shift() ?? []);
    const http = client({ allow: ['127.0.0.1/32'], lookup });
    const get = (path = '/') => http.request({ method: 'GET', url: `http://rebind.test:${port}${path}` });
    expect(echoed(await get()).headers['host']).toBe(`rebind.test:${port}`);
    await pooled();
    await get('/last');
    expect(lookup).toHaveBeenCalledTimes(1);
    await expect(get()).rejects.toMatchObject({ code: 'BLOCKED_ADDRESS' });
    expect(lookup).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['has no address', async () => []],
    ['is unknown', () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }))],
  ])('says so when a name %s', async (_, lookup) => {
    await expect(client({ lookup }).request({ method: 'GET', url: 'http://missing.test' })).rejects.toMatchObject({
      code: 'DNS_FAILED',
      retryable: true,
    });
  });

  it('gives up on a connection after connectTimeoutMs, resolution included', async () => {
    const http = client({ lookup: () => new Promise(() => {}), connectTimeoutMs: 10 });
    await expect(http.request({ method: 'GET', url: 'http://slow.test' })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('connectTimeoutMs'),
    });
  });

  it('reports a refused connection to a permitted address', async () => {
    const { url, server } = await serve(echo);
    server.close();
    await expect(client().request({ method: 'GET', url })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      retryable: true,
      message: 'Could not connect to the server: ECONNREFUSED.',
    });
  });

  it('checks at save time what names no host', () => {
    const http = client({});
    expect(() => http.checkUrl('http://10.0.0.1/')).toThrow(expect.objectContaining({ code: 'BLOCKED_ADDRESS' }));
    expect(() => http.checkUrl('file:///etc/passwd')).toThrow(expect.objectContaining({ code: 'INVALID_URL' }));
    expect(() => http.checkUrl('https://example.com/hook')).not.toThrow();
  });
});

describe('redirects', () => {
  it('are followed, and the last URL is told', async () => {
    const { url } = await serve(redirectTo('/end', 307));
    const response = await client().request({ method: 'POST', url, body: 'kept' });
    expect(response.url).toBe(`${url}/end`);
    expect(echoed(response)).toMatchObject({ method: 'POST', body: 'kept' });
  });

  it('become a GET without body where browsers do so', async () => {
    const { url } = await serve(redirectTo('/end', 303));
    const response = await client().request({ method: 'POST', url, body: 'dropped' });
    expect(echoed(response)).toMatchObject({ method: 'GET', body: '' });
  });

  it('stop after the allowed number', async () => {
    const requests: string[] = [];
    const { url } = await serve((request, response) => {
      requests.push(request.url!);
      response.writeHead(302, { location: `/${requests.length}` }).end();
    });
    await expect(client().request({ method: 'GET', url })).rejects.toMatchObject({
      code: 'TOO_MANY_REDIRECTS',
      retryable: false,
    });
    expect(requests).toEqual(['/', '/1', '/2', '/3']);
  });

  it('are answers when none may be followed', async () => {
    const { url } = await serve(redirectTo('/end'));
    const response = await client().request({ method: 'GET', url, maxRedirects: 0 });
    expect(response).toMatchObject({ status: 302, headers: { location: '/end' }, body: Buffer.from('moved') });
  });

  it.each([
    ['http://127.0.0.2/', 'BLOCKED_ADDRESS'],
    ['http://[::1]/', 'BLOCKED_ADDRESS'],
    ['http://internal.test/', 'BLOCKED_ADDRESS'],
    ['file:///etc/passwd', 'INVALID_URL'],
    ['gopher://127.0.0.1/', 'INVALID_URL'],
    ['http://u:p@127.0.0.1/', 'INVALID_URL'],
    ['http://[', 'INVALID_URL'],
  ])('to %s are refused', async (location, code) => {
    const { url } = await serve(redirectTo(location));
    const http = client({ allow: ['127.0.0.1/32'], lookup: async () => [{ address: '127.0.0.2' }] });
    await expect(http.request({ method: 'GET', url })).rejects.toMatchObject({ code });
  });

  it('leave credentials behind when they change origin', async () => {
    const other = await serve(echo);
    const { url } = await serve(redirectTo(`${other.url}/end`, 307));
    const headers = { Authorization: 'Bearer s', Cookie: 'a=b', 'X-Api-Key': 'k', 'X-Trace': 't' };
    const response = await client().request({ method: 'POST', url, headers, body: 'x' });
    expect(echoed(response).headers).toMatchObject({ 'x-trace': 't' });
    expect(Object.keys(echoed(response).headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/authorization|cookie|x-api-key/)]),
    );
  });
});
