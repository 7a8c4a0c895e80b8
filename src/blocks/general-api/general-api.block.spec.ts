import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BlockContext, BlockOutcome } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { createSafeHttp } from '#libs/safe-http';
import type { Scope } from '#libs/templates';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { startTarget, type Target, type TargetHandler } from '../../../test/support/http-target.js';
import { MemoryArtifacts } from '../../../test/support/memory-ports.js';
import { findIssues } from '../../platform/http/index.js';
import { GeneralApiBlock } from './general-api.block.js';

const http = createSafeHttp({ allow: ['127.0.0.0/8'] });
const artifacts = new MemoryArtifacts();
const type = new GeneralApiBlock(http, artifacts);
const answerOk: TargetHandler = (_request, response) => void response.end();
let answer = answerOk;
let target: Target;

beforeAll(async () => {
  target = await startTarget((request, response) => answer(request, response));
});
afterEach(() => {
  answer = answerOk;
  target.requests.length = 0;
});
afterAll(async () => {
  await http.close();
  await target.close();
});

const call = async (config: JsonObject, members: Partial<Scope> = {}, context: Partial<BlockContext> = {}) => {
  const block = compileAlone(type, { config: { url: target.url, ...config } });
  const scope = aScope(members);
  return block.run(block.resolve(scope), aContext({ scope, ...context }));
};
const answering =
  (status: number, headers: Record<string, string> = {}, body: string | Buffer = ''): TargetHandler =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);
const outputOf = (outcome: BlockOutcome) => (outcome.kind === 'done' ? outcome.output : null) as JsonObject;
const json = { 'content-type': 'application/json; charset=utf-8' };

describe('an artifact of general_api', () => {
  it('is the body as it came, in place of an output', async () => {
    answer = answering(200, { 'content-type': 'image/png' }, Buffer.from([0, 1, 255]));
    expect(outputOf(await call({ saveAs: '{{input.name}}' }, { input: { name: 'a.png' } }))).toEqual({
      status: 200,
      headers: expect.objectContaining({ 'content-type': 'image/png' }),
      artifact: { name: 'a.png', mediaType: 'image/png', size: 3 },
    });
    expect((await artifacts.find('organization-1', 'run-1', 'a.png'))?.content).toEqual(Buffer.from([0, 1, 255]));
  });

  it('is not made of an answer outside 2xx', async () => {
    answer = answering(404, json, '{"no": 1}');
    expect(await call({ saveAs: 'b.png' })).toMatchObject({ kind: 'failed', error: { code: 'HTTP_STATUS' } });
    expect(outputOf(await call({ saveAs: 'b.png', failOnStatus: false }))).toMatchObject({
      status: 404,
      body: { no: 1 },
    });
    expect(await artifacts.find('organization-1', 'run-1', 'b.png')).toBeNull();
  });
});

describe('the request of general_api', () => {
  it('is what the configuration says, templates filled in', async () => {
    await call(
      {
        url: `${target.url}/orders/{{input.id}}?a=1`,
        method: 'post',
        headers: { Authorization: 'Bearer {{variables.token}}', 'X-Count': 3, 'X-None': '{{input.nope}}' },
        params: { q: 'a b&c', list: ['{{input.id}}', true], none: null, object: { x: 1 } },
        body: { amount: '{{input.amount}}' },
      },
      { input: { id: 7, amount: 4857.84 }, variables: { token: 'secret' } },
    );
    const [request] = target.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/orders/7?a=1&q=a+b%26c&list=7&list=true&object=%7B%22x%22%3A1%7D',
      body: '{"amount":4857.84}',
      headers: {
        authorization: 'Bearer secret',
        'x-count': '3',
        'content-type': 'application/json',
        'idempotency-key': 'run-1:step-1',
        'user-agent': expect.stringMatching(/Runhook/),
      },
    });
    expect(request?.headers).not.toHaveProperty('x-none');
  });

  it('takes headers and parameters as table rows, and drops rows without a key', async () => {
    await call(
      {
        headers: [{ key: 'X-One', value: '1' }, { key: '', value: '' }, {}],
        params: [
          { cells: { Key: 'a', Value: '{{input.a}}' } },
          { cells: { Key: 'a', Value: 2 } },
          { cells: { Key: '', Value: '' } },
        ],
      },
      { input: { a: 1 } },
    );
    expect(target.requests[0]).toMatchObject({ method: 'GET', url: '/?a=1&a=2', headers: { 'x-one': '1' } });
  });

  it('sends text as it is, and nothing for an empty body', async () => {
    await call({ method: 'PUT', body: 'hello {{input.name}}' }, { input: { name: 'you' } });
    await call({ method: 'PUT', body: '<a/>', headers: { 'Content-Type': 'text/xml' } });
    await call({ method: 'POST', body: '{{input.nope}}' });
    expect(target.requests.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
      ['hello you', 'text/plain; charset=utf-8'],
      ['<a/>', 'text/xml'],
      ['', undefined],
    ]);
  });

  it('keeps an idempotency key of the configuration', async () => {
    await call({ method: 'POST', headers: { 'Idempotency-Key': 'order-{{input.id}}' } }, { input: { id: 7 } });
    expect(target.requests[0]?.headers['idempotency-key']).toBe('order-7');
  });

  it('is recorded without what may be a credential', () => {
    const block = compileAlone(type, {
      config: {
        url: 'https://api.example.com/?token=abc&page=2',
        headers: { Authorization: 'Bearer abc', 'X-Api-Key': 'abc', 'X-Trace': 'abc' },
        params: [
          { key: 'access_token', value: 'abc' },
          { key: 'id', value: 1 },
          { key: 'id', value: 2 },
        ],
      },
    });
    expect(block.resolve(aScope())).toEqual({
      method: 'GET',
      url: 'https://api.example.com/?token=***&page=2',
      headers: { Authorization: '***', 'X-Api-Key': '***', 'X-Trace': 'abc' },
      params: { access_token: '***', id: [1, 2] },
    });
    const rendered = compileAlone(type, { config: { url: '{{input.url}}' } });
    expect(rendered.resolve(aScope({ input: { url: 'https://user:abc@example.com/' } }))).toMatchObject({
      url: 'https://***@example.com/',
    });
  });
});

describe('the answer to general_api', () => {
  it('is parsed where it is JSON, with the headers a workflow may go by', async () => {
    answer = answering(
      201,
      { ...json, location: '/orders/7', 'x-request-id': 'r1', 'set-cookie': 'a=b', server: 'x' },
      '{"id":7}',
    );
    const outcome = await call({});
    expect(outcome).toMatchObject({ kind: 'done', output: { status: 201, body: { id: 7 } } });
    const { headers } = outputOf(outcome);
    expect(headers).toMatchObject({ location: '/orders/7', 'x-request-id': 'r1' });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('server');
  });

  it.each([
    ['auto', 'text/plain', '{"id":7}', '{"id":7}'],
    ['auto', 'application/problem+json', '{"id":7}', { id: 7 }],
    ['auto', 'application/json', '', null],
    ['auto', 'application/json', '\ufeff[1]', [1]],
    ['json', 'text/plain', '{"id":7}', { id: 7 }],
    ['text', 'application/json', '{"id":7}', '{"id":7}'],
    ['auto', 'text/plain; charset=iso-8859-1', Buffer.from([0xe9]), 'é'],
    ['auto', 'text/plain; charset=klingon', 'é', 'é'],
  ])('of responseType %s and type %s: %j', async (responseType, contentType, body, expected) => {
    answer = answering(200, { 'content-type': contentType }, body);
    expect(await call({ responseType })).toMatchObject({ kind: 'done', output: { body: expected } });
  });

  it.each([
    ['{"id":', 'Invalid JSON'],
    ['{"a":{"__proto__":{"polluted":true}}}', '/a'],
    [`${'['.repeat(100)}${']'.repeat(100)}`, 'nested deeper than 64 levels'],
    ['{"id":12345678901234567890}', 'at /id'],
  ])('fails where its JSON cannot be kept: %s', async (body, reason) => {
    answer = answering(200, json, body);
    const outcome = await call({});
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'INVALID_RESPONSE' }, retryable: false });
    expect(JSON.stringify(outcome)).toContain(reason);
    expect({}).not.toHaveProperty('polluted');
  });

  it.each([
    [404, false],
    [400, false],
    [304, false],
    [408, true],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
  ])('fails the step with status %i', async (status, retryable) => {
    answer = answering(status, json, '{"broken');
    expect(await call({})).toEqual({
      kind: 'failed',
      error: { code: 'HTTP_STATUS', message: `The server answered ${status}` },
      retryable,
    });
  });

  it('passes on when the server wants to be asked again', async () => {
    answer = answering(503, { 'retry-after': '120' });
    expect(await call({})).toMatchObject({ retryable: true, retryAfterMs: 120_000 });
    answer = answering(429, { 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT' });
    expect(await call({})).toMatchObject({ retryable: true, retryAfterMs: 30_000 });
  });

  it('is output whatever its status with failOnStatus: false', async () => {
    answer = answering(404, json, '{"error":"gone"}');
    expect(await call({ failOnStatus: false })).toMatchObject({
      kind: 'done',
      output: { status: 404, body: { error: 'gone' } },
    });
  });

  it('may not be longer than maxResponseBytes', async () => {
    answer = answering(200, {}, 'x'.repeat(101));
    expect(await call({ maxResponseBytes: 100 })).toMatchObject({
      error: { code: 'RESPONSE_TOO_LARGE' },
      retryable: false,
    });
  });

  it('is waited for no longer than the signal allows', async () => {
    const stop = new AbortController();
    answer = () => stop.abort();
    expect(await call({}, {}, { signal: stop.signal })).toMatchObject({ error: { code: 'ABORTED' }, retryable: false });
  });

  it('goes to the run that asked', async () => {
    answer = (request, response) => void response.writeHead(200, json).end(JSON.stringify(request.url));
    const block = compileAlone(type, { config: { url: `${target.url}/{{input.n}}` } });
    const bodies = Array.from({ length: 50 }, async (_, n) => {
      const scope = aScope({ input: { n } });
      return outputOf(await block.run(block.resolve(scope), aContext({ scope })))['body'];
    });
    expect(await Promise.all(bodies)).toEqual(Array.from({ length: 50 }, (_, n) => `/${n}`));
  });
});

describe('what general_api may call', () => {
  const strict = new GeneralApiBlock(createSafeHttp(), artifacts);

  it.each([
    ['http://127.0.0.1/', 'only public addresses'],
    ['http://0x7f.1/{{input.path}}', 'only public addresses'],
    ['http://[::1]/', 'only public addresses'],
    ['http://8.8.8.8:5432/', 'permitted ports'],
    ['file:///etc/passwd', 'http: or https:'],
    ['https://user:pass@example.com/{{input.path}}', 'user name or password'],
    ['not a url', 'cannot be parsed'],
  ])('is checked at save: %s', (url, message) => {
    expect(() => compileAlone(strict, { config: { url } })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), path: ['url'] }),
    );
  });

  it.each([
    ['http://127.0.0.1/', 'BLOCKED_ADDRESS'],
    ['http://169.254.169.254/latest', 'BLOCKED_ADDRESS'],
    ['gopher://example.com/', 'INVALID_URL'],
    ['https://user:pass@example.com/', 'INVALID_URL'],
    ['', 'INVALID_URL'],
    [null, 'INVALID_URL'],
    [7, 'INVALID_URL'],
  ])('is checked again when it is rendered: %s', async (url, code) => {
    const block = compileAlone(strict, { config: { url: '{{input.url}}' } });
    const scope = aScope({ input: { url } });
    const outcome = await block.run(block.resolve(scope), aContext({ scope }));
    expect(outcome).toMatchObject({ kind: 'failed', error: { code }, retryable: false });
  });

  it.each([
    [{ Host: 'x' }, 'may not be given'],
    [{ 'Bad Name': 'x' }, 'not a header name'],
    [{ 'X-A': 'a\r\nb: c' }, 'may not be sent'],
    [{ 'X-A': '1', 'x-a': '2' }, 'given twice'],
    [{ 'X-A': { b: 1 } }, 'must be text'],
    [[{ key: 1, value: 2 }], 'list of {key, value} rows'],
    ['X-A: 1', 'list of {key, value} rows'],
    [7, 'list of {key, value} rows'],
  ])('has no such headers: %j', (headers, message) => {
    expect(() => compileAlone(strict, { config: { url: 'https://example.com', headers } })).toThrow(message);
  });

  it.each([
    [{ 'X-A': 'a\r\nb: c' }],
    [{ 'Transfer-Encoding': 'chunked' }],
    [{ 'X-A': [1] }],
    [{ 'X-A': '1', 'x-a': '2' }],
    ['X-A: 1'],
  ])('has no such headers, rendered: %j', async (headers) => {
    expect(await call({ headers: '{{input.headers}}' }, { input: { headers } })).toMatchObject({
      error: { code: 'INVALID_HEADER' },
      retryable: false,
    });
    expect(target.requests).toEqual([]);
  });

  it('has at most 100 headers and parameters', () => {
    const params = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, index]));
    expect(() => compileAlone(type, { config: { url: target.url, params } })).toThrow('more than 100 rows');
  });

  it.each([
    [{ url: 'https://example.com', method: 'TRACE' }, 'method'],
    [{ url: 'https://example.com', responseType: 'xml' }, 'responseType'],
    [{ url: 'https://example.com', maxResponseBytes: 5_242_881 }, 'maxResponseBytes'],
    [{ url: 'https://example.com', failOnStatus: 'no' }, 'failOnStatus'],
    [{ method: 'GET' }, 'url'],
  ])('is configured well: not %j', (config, member) => {
    expect(findIssues(type.config, config)).toMatchObject([{ path: [member] }]);
  });
});
