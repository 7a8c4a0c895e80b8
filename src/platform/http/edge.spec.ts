import { once } from 'node:events';
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Body, Controller, Delete, Get, HttpCode, Module, Param, Post, Query, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { Response } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineError, notFound } from '../errors/index.js';
import { JsonLogger } from '../logging/index.js';
import { configureEdge, type EdgeRequest, type ErrorDialect, FreeForm, type Page, PageQuery } from './index.js';

class StepDto {
  @IsString()
  id: string;

  @IsOptional()
  @IsObject()
  @FreeForm()
  config?: Record<string, unknown>;
}

class RunDto {
  @IsOptional()
  @FreeForm()
  input?: unknown;

  @IsOptional()
  @ArrayMaxSize(3)
  @ValidateNested({ each: true })
  @Type(() => StepDto)
  steps?: StepDto[];
}

const conflict = defineError('TEST_CONFLICT', 'conflict', 'For this test.');

@Controller()
class TestController {
  @Post('api/v1/echo')
  @HttpCode(200)
  echo(@Body() body: RunDto, @Req() request: EdgeRequest): unknown {
    return { body, bytes: request.rawBody?.length ?? 0 };
  }

  @Post('api/webhooks/:id')
  @HttpCode(200)
  hook(@Req() request: EdgeRequest): unknown {
    return { body: (request.body as unknown) ?? null, bytes: request.rawBody?.length ?? 0 };
  }

  @Post('other')
  @HttpCode(200)
  other(@Body() body: unknown): unknown {
    return body;
  }

  @Get('api/v1/items')
  list(@Query() { limit }: PageQuery): Page<number> {
    return { data: [limit], cursor: null, hasMore: false };
  }

  @Get('api/v1/items/:id')
  one(@Param('id') id: string): object {
    if (id === 'missing') throw notFound('Workflow not found');
    if (id === 'taken') throw conflict('Taken');
    if (id === 'bug') throw new Error(`secret of capi_${'x'.repeat(36)}`);
    if (id === 'down') throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1'), { code: 'ECONNREFUSED' });
    return { id };
  }

  @Get('api/v1/search')
  search(@Query('q') q: string): object {
    return { q };
  }

  @Delete('api/v1/items/:id')
  @HttpCode(204)
  remove(): void {}

  @Get('api/v1/broken')
  broken(@Res() response: Response): void {
    response.write('half');
    throw new Error('in the middle');
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

const LIMIT = 4096;
const dialect: ErrorDialect = {
  schemaName: 'GraphError',
  schema: {},
  owns: (path) => path.startsWith('/api/webhooks/'),
  body: ({ message, code }) => ({ error: message, error_code: code }),
};

let app: NestExpressApplication;
let port: number;
const log: string[] = [];

beforeAll(async () => {
  const logger = new JsonLogger('info', { write: (line) => void log.push(line) });
  app = await NestFactory.create<NestExpressApplication>(TestModule, {
    bodyParser: false,
    logger,
    forceCloseConnections: true,
  });
  configureEdge(
    app,
    { TRUST_PROXY: 0, MAX_BODY_BYTES: LIMIT },
    { logger, errorDialects: [dialect], anyBodyUnder: ['/api/webhooks/'] },
  );
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => app.close());

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const request = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [
    NodeJS.ReadableStream & { statusCode: number; headers: IncomingHttpHeaders },
  ];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.statusCode, headers: response.headers, text, json };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE, path = '/api/v1/echo') =>
  call('POST', path, headers, body);

/** Sends bytes as they stand and reads until the server closes. */
async function raw(...parts: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  for (const part of parts) socket.write(part);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

describe('a request body', () => {
  it('is parsed, and kept as bytes', async () => {
    const { status, json } = await post('{"input":{"a":[1,"é"]}}');
    expect(status).toBe(200);
    expect(json).toEqual({ body: { input: { a: [1, 'é'] } }, bytes: 24 });
  });

  it.each([
    ['application/json; charset=utf-8'],
    ['application/json; charset="UTF-8"'],
    ['application/vnd.api+json'],
    ['APPLICATION/JSON'],
  ])('may be declared as %s', async (type) => expect((await post('{}', { 'content-type': type })).status).toBe(200));

  it.each([
    ['text/plain', /"text\/plain"/],
    ['multipart/form-data; boundary=x', /multipart\/form-data/],
    ['application/json; charset=latin1', /"latin1"/],
    ['application/jsonp', /jsonp/],
  ])('declared as %s is refused by name', async (type, name) => {
    const { status, json } = await post('{}', { 'content-type': type });
    expect(status).toBe(415);
    expect(json).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', detail: expect.stringMatching(name) as string });
  });

  it('without a content type is refused, an empty one needs none', async () => {
    expect((await post('{}', {})).status).toBe(415);
    expect((await call('POST', '/api/v1/echo')).status).toBe(200);
    expect((await call('POST', '/api/v1/echo', { 'content-length': '0' })).status).toBe(200);
    expect((await call('POST', '/api/v1/echo', { 'transfer-encoding': 'chunked' }, '')).status).toBe(200);
  });

  it('sent by curl -d, that is as a form, is read as a JSON object on the native API only', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post('{"input":{"type":"invoice.paid"}}', form)).json).toMatchObject({
      body: { input: { type: 'invoice.paid' } },
    });
    expect((await post('[1]', form)).status).toBe(400);
    expect((await post('a=1&b=2', form)).status).toBe(400);
    expect((await post('{}', form, '/other')).status).toBe(415);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('may come compressed with %s', async (encoding, compress) => {
    const { json } = await post(compress('{"input":1}'), { ...JSON_TYPE, 'content-encoding': encoding });
    expect(json).toEqual({ body: { input: 1 }, bytes: 11 });
  });

  it('with a wrong or unknown compression is refused', async () => {
    expect((await post('{}', { ...JSON_TYPE, 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post('{}', { ...JSON_TYPE, 'content-encoding': 'zstd' })).status).toBe(415);
    expect((await post('{}', { ...JSON_TYPE, 'content-encoding': 'identity' })).status).toBe(200);
  });

  it.each([
    ['declared', { 'content-length': String(LIMIT + 2) }, Buffer.alloc(LIMIT + 2, ' ')],
    ['chunked', { 'transfer-encoding': 'chunked' }, Buffer.alloc(LIMIT * 40, ' ')],
    ['unpacked', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(50_000_000, ' '), { level: 1 }).subarray(0)],
    ['small when packed', { 'content-encoding': 'br' }, brotliCompressSync(Buffer.alloc(1_000_000, ' '))],
  ])('that is too large, %s, is a 413', async (_how, headers, body) => {
    const { status, json } = await post(body, { ...JSON_TYPE, ...headers });
    expect(status).toBe(413);
    expect(json).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', detail: `The request body is larger than ${LIMIT} bytes` });
  });

  it('that is too large is taken in before an answer that ends the connection', async () => {
    const head = `POST /api/v1/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n`;
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.write(`${head}Content-Length: 2000000\r\n\r\n${' '.repeat(1_000_000)}`);
    await call('GET', '/api/v1/items/a');
    expect(text).toBe('');
    socket.write(' '.repeat(1_000_000));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 413 [^]*PAYLOAD_TOO_LARGE/);
  });

  it('of endless length is answered and then cut off', async () => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.write(
      'POST /api/v1/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, ' '), Buffer.from('\r\n')]);
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk));
      if (!socket.destroyed) socket.once('drain', pump);
    };
    pump();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });

  it.each([
    ['malformed', '{"a":', ''],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), ''],
    ['with a byte order mark', '\ufeff{}', ''],
    ['nested 10,000 deep', '['.repeat(2000) + ']'.repeat(2000), '/0/0'],
    ['with __proto__', '{"input":{"__proto__":{"polluted":1}}}', '/input/__proto__'],
    ['with NUL', '{"input":"a\\u0000b"}', '/input'],
    ['with a lone surrogate', '{"input":"\\ud800"}', '/input'],
    ['with an infinite number', '{"input":1e400}', '/input'],
    ['with an unsafe integer', '{"input":9007199254740993}', '/input'],
    ['with duplicate keys', '{"input":{"a":1,"a":2}}', '/input/a'],
    ['with NaN', '{"input":NaN}', ''],
  ])('%s is a 400 that tells where', async (_what, body, pointer) => {
    const { status, json } = await post(body);
    expect(status).toBe(400);
    expect(json['code']).toBe('BAD_REQUEST');
    const [first] = (json['errors'] ?? [{ pointer: '' }]) as { pointer: string }[];
    expect(first?.pointer.startsWith(pointer)).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('that never ends because its client left is not an error', async () => {
    const before = log.length;
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /api/v1/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"',
    );
    await once(socket, 'connect');
    await call('GET', '/api/v1/items/a');
    socket.destroy();
    await expect.poll(() => log.slice(before).join('')).toContain('"aborted":true');
    expect(log.slice(before).join('')).not.toContain('"level":"error"');
  });

  it('of any kind is taken where outside systems call', async () => {
    const path = '/api/webhooks/1';
    expect((await post('{"a":1}', JSON_TYPE, path)).json).toEqual({ body: { a: 1 }, bytes: 7 });
    expect((await post('a=1', { 'content-type': 'text/plain' }, path)).json).toEqual({ body: null, bytes: 3 });
    expect((await post('{"a":1', {}, path)).json).toEqual({ body: null, bytes: 6 });
    const refused = await post('{"__proto__":1}', JSON_TYPE, path);
    expect([refused.status, refused.json]).toEqual([
      400,
      { error: 'The JSON body is refused', error_code: 'BAD_REQUEST' },
    ]);
  });
});

describe('an answer', () => {
  it('is bare for bearer callers', async () => {
    const { headers, json } = await call('GET', '/api/v1/items/a', { authorization: 'Bearer x' });
    expect(json).toEqual({ id: 'a' });
    expect(headers['content-type']).toBe('application/json');
    expect((await call('GET', '/api/v1/items?limit=7')).json).toEqual({ data: [7], cursor: null, hasMore: false });
  });

  it('is enveloped for x-api-key callers of the native API', async () => {
    const key = { 'x-api-key': 'bad' };
    expect((await call('GET', '/api/v1/items/a', key)).text).toBe('{"success":true,"data":{"id":"a"}}');
    expect((await call('GET', '/api/v1/items?limit=7', key)).text).toBe(
      '{"success":true,"data":[7],"meta":{"cursor":null,"hasMore":false}}',
    );
    expect((await call('POST', '/other', { ...key, ...JSON_TYPE }, '{"a":1}')).text).toBe('{"a":1}');
    expect((await call('GET', '/api/v1/items/a', { ...key, authorization: 'Bearer x' })).json).toEqual({ id: 'a' });
  });

  it('without content stays empty in both styles', async () => {
    const { status, text } = await call('DELETE', '/api/v1/items/a', { 'x-api-key': 'k' });
    expect([status, text]).toEqual([204, '']);
  });

  it('to HEAD has the headers of GET', async () => {
    const { status, headers, text } = await call('HEAD', '/api/v1/items/a');
    expect([status, headers['content-length'], text]).toEqual([200, '10', '']);
  });

  it('carries the request id, sent or made, and is neither cached nor sniffed', async () => {
    const { headers } = await call('GET', '/api/v1/items/a', { 'x-request-id': 'trace-1.A_b' });
    expect(headers).toMatchObject({
      'x-request-id': 'trace-1.A_b',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('etag');
    const made = (await call('GET', '/api/v1/items/a', { 'x-request-id': 'a b' })).headers['x-request-id'];
    expect(made).toMatch(/^[\w-]{12}\.[0-9a-z]+$/);
  });
});

describe('an error', () => {
  it('is a problem for bearer callers', async () => {
    const { status, headers, json } = await call('GET', '/api/v1/items/missing?x=1', { 'x-request-id': 'r1' });
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json']);
    expect(json).toEqual({
      type: '/docs/errors#NOT_FOUND',
      title: 'Not found',
      status: 404,
      detail: 'Workflow not found',
      instance: '/api/v1/items/missing',
      code: 'NOT_FOUND',
      requestId: 'r1',
      retryable: false,
    });
  });

  it('is exactly the envelope of the contract for x-api-key callers', async () => {
    const key = { 'x-api-key': 'k' };
    const missing = await call('GET', '/api/v1/items/missing', key);
    expect(missing.headers['content-type']).toBe('application/json');
    expect(missing.text).toBe('{"success":false,"error":{"code":"NOT_FOUND","message":"Workflow not found"}}');
    const invalid = await post('{"steps":[{"config":{}}]}', { ...JSON_TYPE, ...key });
    expect(invalid.text).toBe(
      '{"success":false,"error":{"code":"VALIDATION_ERROR","message":"Request validation failed","details":[{"path":["steps",0,"id"],"message":"Required"}]}}',
    );
  });

  it('names each field by a pointer', async () => {
    const { status, json } = await post('{"steps":[{"id":"a"},{"id":1,"x/y":2}],"b~c":0}');
    expect(status).toBe(400);
    expect(json['errors']).toEqual([
      { pointer: '/steps/1/x~1y', message: 'is not a known field' },
      { pointer: '/b~0c', message: 'is not a known field' },
      { pointer: '/steps/1/id', message: 'must be a string' },
    ]);
  });

  it('of an unknown route or a wrong method says so', async () => {
    expect((await call('GET', '/api/v1/nowhere?token=s')).json).toMatchObject({
      code: 'NOT_FOUND',
      detail: 'No such route: GET /api/v1/nowhere',
    });
    const { status, headers, json } = await call('PUT', '/api/v1/items/a');
    expect([status, headers['allow'], json['code']]).toEqual([405, 'DELETE, GET, HEAD', 'METHOD_NOT_ALLOWED']);
    expect((await call('GET', '/api/v1/items/%ff')).status).toBe(400);
  });

  it('of a query names the parameter', async () => {
    expect((await call('GET', '/api/v1/items?limit=0&offset=3&limit')).json).toMatchObject({
      code: 'VALIDATION_ERROR',
      status: 400,
    });
    expect((await call('GET', '/api/v1/search?q=a&q=b')).json).toMatchObject({ detail: 'Invalid query' });
    expect((await call('GET', '/api/v1/items?__proto__=1&constructor=2')).json['errors']).toEqual([
      { pointer: '/__proto__', message: 'is not a known field' },
      { pointer: '/constructor', message: 'is not a known field' },
    ]);
  });

  it('that clients must not repeat by themselves says so', async () => {
    const { status, headers } = await call('GET', '/api/v1/items/taken');
    expect([status, headers['x-should-retry']]).toEqual([409, 'false']);
  });

  it('of ours tells nothing and is logged once', async () => {
    const before = log.length;
    const { status, text, json } = await call('GET', '/api/v1/items/bug', { 'x-request-id': 'bug-1' });
    expect([status, json['code'], json['detail']]).toEqual([500, 'INTERNAL', 'Internal server error']);
    expect(text).not.toContain('secret');
    const lines = log.slice(before).filter((line) => line.includes('bug-1') && line.includes('"error"'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/secret of \[redacted\]/);
  });

  it('of a database out of reach is a 503 with Retry-After', async () => {
    const { status, headers, text } = await call('GET', '/api/v1/items/down');
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(text).not.toContain('10.0.0.1');
  });

  it('after a part of the answer breaks the connection', async () => {
    const text = await raw('GET /api/v1/broken HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(text).toContain('half');
    expect(text).not.toContain('\r\n0\r\n');
  });
});

describe('the log of requests', () => {
  it('has one line a request, without the query', async () => {
    const before = log.length;
    await call('GET', '/api/v1/items/a?token=secret', { 'x-request-id': 'logged-1' });
    await expect.poll(() => log.slice(before).filter((line) => line.includes('logged-1'))).toHaveLength(1);
    const line = log.slice(before).find((entry) => entry.includes('logged-1')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      method: 'GET',
      path: '/api/v1/items/a',
      status: 200,
      requestId: 'logged-1',
      level: 'info',
    });
  });
});

describe('garbage', () => {
  it.each([
    ['no HTTP at all', '\x00\x01\x02\r\n\r\n'],
    [
      'both lengths',
      'POST /api/v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a header of 20 KB', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['a bad chunk', 'POST /api/v1/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('(%s) is a 4xx and the end of the connection', async (_what, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});
