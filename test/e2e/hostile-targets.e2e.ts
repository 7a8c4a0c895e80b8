import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow, type StepBody, workflowBody } from '../factories/workflow.js';
import type { ApiClient, RunDto } from '../support/api.js';
import { expectCalm } from '../support/calm.js';
import { json, type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

/** May call 127.0.0.1 and nothing else of this machine. */
let bed: TestBed;
/** May call public addresses only, as a server does by default. */
let strict: TestBed;
let sink: Sink;
/** At 127.0.0.2, where neither server may go. */
let canary: Server;
let canaryPort: number;
const canaryHits: string[] = [];
let api: ApiClient;
let strictApi: ApiClient;

beforeAll(async () => {
  sink = await startSink();
  canary = createServer((socket) => {
    canaryHits.push('connected');
    socket.destroy();
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.2', resolve));
  canaryPort = (canary.address() as AddressInfo).port;
  bed = await openTestBed('targets', { env: { OUTBOUND_ALLOW: '127.0.0.1/32' } });
  strict = await openTestBed('strict');
  ({ api } = await bed.guest());
  strictApi = (await strict.guest()).api;
});
afterAll(async () => {
  expect(canaryHits).toEqual([]);
  await expectCalm(bed);
  await expectCalm(strict);
  await bed.close();
  await strict.close();
  await sink.close();
  canary.close();
});

const call = (config: object, rest: object = {}): StepBody => ({
  id: 'call',
  type: 'general_api',
  config,
  retry: { maxAttempts: 1 },
  ...rest,
});

/** Runs one step to its end. */
async function outcome(
  step: StepBody,
  { input = {}, caller = api }: { input?: object; caller?: ApiClient } = {},
): Promise<RunDto> {
  const { id } = await aWorkflow(caller, { steps: [step] });
  const { body, status, text } = await caller.post<RunDto>(`/api/v1/workflows/${id}/run?wait=20`, { input });
  expect(status, text).toBe(200);
  return body;
}

async function expectFailure(step: StepBody, code: string, options?: Parameters<typeof outcome>[1]): Promise<RunDto> {
  const run = await outcome(step, options);
  expect(run).toMatchObject({
    status: 'failed',
    error: { code: 'STEP_ERROR', step: 'call' },
    steps: [{ id: 'call', status: 'failed', error: { code } }],
  });
  expect(run.error?.message).toMatch(/^Step call failed: \S/);
  return run;
}

describe('a target that answers badly fails the step, clearly', () => {
  const JSON_TYPE = { 'content-type': 'application/json' };
  const text =
    (body: string | Buffer, headers: Record<string, string> = JSON_TYPE) =>
    (response: import('node:http').ServerResponse) =>
      void response.writeHead(200, headers).end(body);
  const megabytes = (count: number) => Buffer.alloc(count * 1024 * 1024, 32);

  it.each<[string, Parameters<Sink['on']>[1], string]>([
    ['what is no JSON', text('{"a":'), 'INVALID_RESPONSE'],
    ['JSON with __proto__', text('{"__proto__":{"polluted":1}}'), 'INVALID_RESPONSE'],
    ['JSON with a key twice', text('{"a":1,"a":2}'), 'INVALID_RESPONSE'],
    ['JSON with NUL', text('{"a":"\\u0000"}'), 'INVALID_RESPONSE'],
    ['JSON with half a surrogate pair', text('{"a":"\\ud800"}'), 'INVALID_RESPONSE'],
    ['JSON 10,000 deep', text('['.repeat(10_000) + ']'.repeat(10_000)), 'INVALID_RESPONSE'],
    ['a number beyond all bounds', text('{"a":1e400}'), 'INVALID_RESPONSE'],
    ['6 MB', text(megabytes(6)), 'RESPONSE_TOO_LARGE'],
    [
      '6 MB, compressed',
      text(gzipSync(megabytes(200)), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
      'RESPONSE_TOO_LARGE',
    ],
    ['what is not compressed as it says', text('{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }), 'PROTOCOL_ERROR'],
    [
      'without end',
      (response) => {
        response.writeHead(200, JSON_TYPE);
        const more = (): void =>
          void (response.destroyed || response.write('x'.repeat(65_536), () => setImmediate(more)));
        more();
      },
      'RESPONSE_TOO_LARGE',
    ],
    [
      'with a break in the middle',
      (response) => {
        response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' });
        response.write('{"a":', () => response.destroy());
      },
      'PROTOCOL_ERROR',
    ],
    ['with nothing but a reset', (response) => void response.socket?.resetAndDestroy(), 'PROTOCOL_ERROR'],
    ['with 401', json({ secret: 'their-secret' }, 401), 'HTTP_STATUS'],
    [
      'with a redirect in a circle',
      (response, { url }) => void response.writeHead(302, { location: url }).end(),
      'TOO_MANY_REDIRECTS',
    ],
    [
      'with a redirect to a file',
      (response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'INVALID_URL',
    ],
    [
      'with a redirect to another machine',
      (response) => void response.writeHead(307, { location: `http://127.0.0.2:${canaryPort}/` }).end(),
      'BLOCKED_ADDRESS',
    ],
    [
      'with a redirect to that by name',
      (response) => void response.writeHead(302, { location: `http://0x7f.0.0.2:${canaryPort}/` }).end(),
      'BLOCKED_ADDRESS',
    ],
    [
      'with a redirect to nowhere',
      (response) => void response.writeHead(302, { location: 'http://[' }).end(),
      'INVALID_URL',
    ],
  ])('%s', async (name, answer, code) => {
    const path = `/${encodeURIComponent(name)}`;
    sink.on(path, answer);
    const run = await expectFailure(call({ url: sink.url + path }), code);
    expect(JSON.stringify(run)).not.toMatch(/their-secret|node_modules|127\.0\.0\.2/);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('one that sends a byte now and then is cut off at the time limit of the step', async () => {
    sink.on('/drip', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    });
    const run = await expectFailure(call({ url: `${sink.url}/drip` }, { timeoutMs: 400 }), 'TIMEOUT');
    expect(run.steps[0]?.error?.message).toContain('400');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['no HTTP', (socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    ['a header too large', (socket) => void socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`)],
    ['a header with a line break in it', (socket) => void socket.end('HTTP/1.1 200 OK\r\nx\n y: 1\r\n\r\n{}')],
    [
      'two lengths',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\n{}abc'),
    ],
    [
      'chunks of a lying size',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'),
    ],
    ['nothing', (socket) => void socket.end()],
  ])('one that speaks %s fails as a protocol error', async (_name, speak) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => speak(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const run = await outcome(call({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }));
    expect(run.steps[0]?.error).toMatchObject({
      code: expect.stringMatching(/^(PROTOCOL_ERROR|RESPONSE_TOO_LARGE)$/) as string,
    });
    server.close();
  });

  it('one that is not there fails too', async () => {
    const gone = await startSink();
    await gone.close();
    const run = await expectFailure(call({ url: gone.url }), 'CONNECT_FAILED');
    expect(run.error?.message).not.toContain(new URL(gone.url).port);
  });

  it('but what it sends as text may be anything that can be stored', async () => {
    sink.on(
      '/binary',
      text(Buffer.from([0xff, 0xfe, 0x41, 0x00, 0xed, 0xa0, 0x80]), { 'content-type': 'application/octet-stream' }),
    );
    const run = await outcome(call({ url: `${sink.url}/binary` }));
    expect(run.status, JSON.stringify(run.error)).toBe('completed');
    expect((run.output as { body: string }).body).toContain('A');
  });
});

describe('a redirect', () => {
  it('to the same origin is followed, and credentials go along', async () => {
    sink.on('/moved', (response) => void response.writeHead(302, { location: '/there' }).end());
    expect(
      (await outcome(call({ url: `${sink.url}/moved`, headers: { authorization: 'Bearer t' } }))).output,
    ).toMatchObject({ status: 200 });
    expect(sink.at('/there')[0]?.headers.authorization).toBe('Bearer t');
  });

  it('to another origin leaves credentials behind', async () => {
    const other = await startSink();
    sink.on('/away', (response) => void response.writeHead(307, { location: `${other.url}/landed` }).end());
    const headers = { authorization: 'Bearer t', cookie: 'a=b', 'x-api-key': 'k', 'x-plain': 'stays' };
    await outcome(call({ url: `${sink.url}/away`, method: 'POST', headers, body: { a: 1 } }));
    const [landed] = other.at('/landed');
    expect(landed).toMatchObject({ method: 'POST', body: '{"a":1}', headers: { 'x-plain': 'stays' } });
    for (const name of ['authorization', 'cookie', 'x-api-key']) expect(landed?.headers).not.toHaveProperty(name);
    await other.close();
  });
});

describe('an address that is not public is refused without a connection', () => {
  /** Every spelling of this machine; the sink listens there and must hear nothing. */
  const LOOPBACK = [
    '127.0.0.1',
    '127.1',
    '0',
    '0.0.0.0',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.1',
    '127.000.000.001',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
  ];
  /** Only ever saved, never called. */
  const OTHERS = [
    '169.254.169.254',
    '2852039166',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '[fd00::1]',
    '[fe80::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[2001::1]',
    '[2001:db8::1]',
    '[ff02::1]',
    '[::ffff:169.254.169.254]',
  ];
  const portOf = (): string => new URL(sink.url).port;

  it('when a workflow is saved', async () => {
    for (const host of [...LOOPBACK, ...OTHERS]) {
      for (const url of [`http://${host}:80/`, `https://${host}/{{input.path}}`, `http://${host}:${portOf()}/x`]) {
        const answer = await strictApi.post('/api/v1/workflows', workflowBody({ steps: [call({ url })] }));
        expect([url, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([url, 400, '/steps/0/config/url']);
        expect(answer.text).toContain('Step \\"call\\"');
      }
    }
  });

  it('with a user name, or by another scheme', async () => {
    for (const url of [
      'http://u:p@example.com/',
      'http://example.com@127.0.0.1/',
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'data:text/plain,x',
      'unix:/var/run/x',
      '//127.0.0.1/',
      'http:/\\127.0.0.1/',
    ]) {
      const answer = await strictApi.post('/api/v1/workflows', workflowBody({ steps: [call({ url })] }));
      expect([url, answer.status]).toEqual([url, 400]);
    }
  });

  it('when a template makes it', async () => {
    const { id } = await aWorkflow(strictApi, { steps: [call({ url: '{{input.url}}' }, { timeoutMs: 5_000 })] });
    for (const host of [...LOOPBACK, 'localhost', 'LOCALHOST', 'localhost.']) {
      const url = `http://${host}:${portOf()}/ssrf`;
      const { body } = await strictApi.post<RunDto>(`/api/v1/workflows/${id}/run?wait=20`, { input: { url } });
      expect([host, body.status, body.steps[0]?.error?.code]).toEqual([
        host,
        'failed',
        expect.stringMatching(/^(BLOCKED_ADDRESS|DNS_FAILED)$/),
      ]);
      expect(body.error?.message).not.toMatch(/ECONN|127\.0\.0\.1|::1/);
    }
    for (const url of ['file:///etc/passwd', 'http://u:p@127.0.0.1/', 'nonsense', '', 5, null, {}]) {
      const { body } = await strictApi.post<RunDto>(`/api/v1/workflows/${id}/run?wait=20`, { input: { url } });
      expect([url, body.steps[0]?.error?.code]).toEqual([url, 'INVALID_URL']);
    }
    expect(sink.at('/ssrf')).toEqual([]);
  });

  it("when it is the server's own, or the database's", async () => {
    const { id } = await aWorkflow(strictApi, { steps: [call({ url: '{{input.url}}' })] });
    for (const url of [strict.url, `http://127.0.0.1:${new URL(strict.databaseUrl).port}/`]) {
      const { body } = await strictApi.post<RunDto>(`/api/v1/workflows/${id}/run?wait=20`, { input: { url } });
      expect(body.steps[0]?.error?.code).toBe('BLOCKED_ADDRESS');
    }
  });
});

describe('a header', () => {
  it.each(['x\r\ny: 1', 'x\ny: 1', 'a\rb', 'x\u0100', '☃'])(
    'with the value %j never gets onto the wire',
    async (value) => {
      const run = await expectFailure(
        call({ url: `${sink.url}/header`, headers: { 'x-evil': '{{input.value}}' } }),
        'INVALID_HEADER',
        { input: { value } },
      );
      expect(run.steps[0]?.error?.message).toContain('x-evil');
      expect(sink.at('/header')).toEqual([]);
    },
  );

  it.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'Proxy-Authorization',
    'upgrade',
    'te',
    'x y',
    'x:y',
    'x\r\ny',
  ])('named %j is refused when the workflow is saved', async (name) => {
    for (const headers of [{ [name]: '1' }, [{ key: name, value: '{{input.x}}' }]]) {
      const answer = await api.post(
        '/api/v1/workflows',
        workflowBody({ steps: [call({ url: 'https://example.com', headers })] }),
      );
      expect([answer.status, answer.body.errors?.[0]?.pointer], answer.text).toEqual([400, '/steps/0/config/headers']);
    }
  });

  it('cannot be smuggled in by the path or the parameters', async () => {
    const step = call({ url: `${sink.url}/smuggle/{{input.path}}`, params: { q: '{{input.path}}' } });
    await outcome(step, { input: { path: 'a HTTP/1.1\r\nx-evil: 1\r\n\r\n' } });
    const seen = sink.requests.filter(({ url }) => url.startsWith('/smuggle'));
    expect(seen).toHaveLength(1);
    expect(seen[0]?.headers).not.toHaveProperty('x-evil');
  });
});
