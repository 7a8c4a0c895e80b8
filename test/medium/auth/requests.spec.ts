import {
  type INestApplication,
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  Global,
  Module,
  Post,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import type { Response } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateApiKey } from '#libs/ids';
import { AuthModule, type Caller, CurrentCaller, RequireScopes } from '../../../src/modules/auth/index.js';
import { NoRateLimit, RateLimit, RateLimitModule, REQUEST_GUARDS } from '../../../src/modules/rate-limit/index.js';
import { loadSettings, Settings } from '../../../src/platform/config/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { Public, toErrorAnswer, ValidationPipe } from '../../../src/platform/http/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { EVERYTHING, type KeyRoom, openKeyRoom } from './key-room.js';

@Controller('probe')
class ProbeController {
  @Get() whoami(@CurrentCaller() caller: Caller) {
    return caller;
  }
  @Public() @Get('open') open() {
    return 'open';
  }
  @NoRateLimit() @Get('free') free() {
    return 'free';
  }
  @RateLimit('execute') @RequireScopes('runs:write', 'workflows:execute') @Post('run') run() {
    return 'started';
  }
  @RateLimit('execute') @Post('run-again') again() {
    return 'started';
  }
}

/** Errors as JSON; the styles are the business of another room. */
@Catch()
class PlainErrors implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const { status, headers, code, message } = toErrorAnswer(thrown);
    host.switchToHttp().getResponse<Response>().status(status).set(headers).json({ code, message });
  }
}

let testDatabase: TestDatabase;
let room: KeyRoom;
let app: INestApplication;
let url: string;
beforeAll(async () => {
  testDatabase = await createDatabase('requests');
  room = await openKeyRoom(testDatabase.url);
  const settings = loadSettings({ DATABASE_URL: testDatabase.url });

  @Global()
  @Module({
    providers: [
      { provide: Database, useValue: room.database },
      { provide: Settings, useValue: settings },
    ],
    exports: [Database, Settings],
  })
  class PlatformModule {}

  @Module({
    imports: [PlatformModule, AuthModule, RateLimitModule],
    controllers: [ProbeController],
    providers: REQUEST_GUARDS.map((useExisting) => ({ provide: APP_GUARD, useExisting })),
  })
  class TestModule {}

  app = await NestFactory.create(TestModule, { logger: false });
  app.useGlobalFilters(new PlainErrors());
  app.useGlobalPipes(new ValidationPipe());
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(async () => {
  await app.close();
  await room.close();
  await testDatabase.drop();
});

async function send(method: string, path: string, headers: Record<string, string>, body?: object) {
  const json = body && { body: JSON.stringify(body) };
  const response = await fetch(url + path, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...json,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text.startsWith('{') ? JSON.parse(text) : text) as unknown,
  };
}
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const aKey = async (wanted: Parameters<KeyRoom['aKey']>[1] = {}) =>
  (await room.aKey(await room.anOrganization(), { scopes: EVERYTHING, ...wanted })).key;

describe('a request', () => {
  it('is of the same caller with either header, or one key in both', async () => {
    const key = await aKey();
    const answers = [bearer(key), { 'x-api-key': key }, { ...bearer(key), 'x-api-key': key }].map((headers) =>
      send('GET', '/probe', headers),
    );
    const callers = (await Promise.all(answers)).map(({ body }) => body as Caller);
    expect(callers.map(({ style }) => style)).toEqual(['bearer', 'x-api-key', 'bearer']);
    expect(new Set(callers.map(({ keyId }) => keyId)).size).toBe(1);
  });

  it('with two different keys is refused', async () => {
    const headers = { ...bearer(await aKey()), 'x-api-key': await aKey() };
    expect(await send('GET', '/probe', headers)).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR' } });
  });

  it.each<[string, () => Record<string, string>]>([
    ['without a key', () => ({})],
    ['with an unknown key', () => bearer(generateApiKey())],
    ['with an unknown key in the other header', () => ({ 'x-api-key': generateApiKey() })],
    ['with a malformed key', () => bearer('capi_short')],
    ['with another scheme', () => ({ authorization: 'Basic dXNlcjpwYXNz' })],
    ['with an empty key', () => ({ 'x-api-key': '' })],
  ])('%s is answered 401, always with the same words', async (_, headers) => {
    const answer = await send('GET', '/probe', headers());
    expect(answer).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHORIZED', message: 'Invalid or missing API key' },
    });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('needs no key where the route is public, nor looks at a bad one', async () => {
    for (const headers of [{}, bearer('nonsense')]) {
      const answer = await send('GET', '/probe/open', headers);
      expect(answer).toMatchObject({ status: 200, body: 'open' });
      expect(answer.headers.has('x-ratelimit-limit')).toBe(false);
    }
  });

  it('needs one of the scopes, and the refusal names them', async () => {
    const [allowed, denied] = [await aKey({ scopes: ['workflows:execute'] }), await aKey({ scopes: ['runs:read'] })];
    expect(await send('POST', '/probe/run', bearer(allowed))).toMatchObject({ status: 201 });
    expect(await send('POST', '/probe/run', bearer(denied))).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN', message: 'The API key lacks the scope runs:write or workflows:execute' },
    });
  });
});

describe('limits', () => {
  it('are told on every limited answer and shared by the handlers of a category', async () => {
    const key = await aKey({ rateLimits: { execute: 3 } });
    for (const [path, left] of [
      ['/probe/run', '2'],
      ['/probe/run-again', '1'],
      ['/probe/run', '0'],
    ] as const) {
      const { status, headers } = await send('POST', path, bearer(key));
      expect(status).toBe(201);
      expect(headers.get('x-ratelimit-limit')).toBe('3');
      expect(headers.get('x-ratelimit-remaining')).toBe(left);
      expect(headers.get('ratelimit-policy')).toBe('"execute";q=3;w=60');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"execute";r=${left};t=(5\\d|6[01])$`));
    }
    const refused = await send('POST', '/probe/run', bearer(key));
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'RATE_LIMITED', message: 'Rate limit exceeded. Limit: 3 requests per minute.' },
    });
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(refused.headers.get('retry-after')).toBe(refused.headers.get('x-ratelimit-reset'));
    expect([...refused.headers.keys()].filter((name) => /-default$|-execute$/.test(name))).toEqual([]);
  });

  it('of one category leave another alone, and some handlers have none', async () => {
    const key = await aKey({ rateLimits: { execute: 1 } });
    await send('POST', '/probe/run', bearer(key));
    expect((await send('POST', '/probe/run', bearer(key))).status).toBe(429);
    const read = await send('GET', '/probe', bearer(key));
    expect(read.headers.get('ratelimit-policy')).toBe('"read";q=1000;w=60');
    expect((await send('GET', '/probe/free', bearer(key))).headers.has('ratelimit')).toBe(false);
  });
});

describe('/api/v1/api-keys', () => {
  it('creates, shows, lists and revokes', async () => {
    const admin = bearer(await aKey());
    const created = await send('POST', '/api/v1/api-keys', admin, { name: 'CI', rateLimits: { execute: 5 } });
    expect(created).toMatchObject({ status: 201, body: { status: 'active', rateLimits: { execute: 5 } } });
    const { id, key } = created.body as { id: string; key: string };
    const path = `/api/v1/api-keys/${id}`;
    expect(await send('GET', path, admin)).toMatchObject({ status: 200, body: { id, name: 'CI' } });
    const listed = await send('GET', '/api/v1/api-keys?limit=1', admin);
    expect(listed.body).toMatchObject({ data: [{ id }], hasMore: true });
    expect((await send('GET', '/probe', bearer(key))).status).toBe(200);
    expect(await send('DELETE', path, admin)).toMatchObject({ status: 200, body: { id, status: 'revoked' } });
    expect((await send('GET', '/probe', bearer(key))).status).toBe(401);
    expect((await send('DELETE', path, admin)).status).toBe(200);
  });

  it.each<[string, object]>([
    ['no name', {}],
    ['a blank name', { name: '  ' }],
    ['a long name', { name: 'x'.repeat(101) }],
    ['an unknown scope', { name: 'CI', scopes: ['everything'] }],
    ['no scopes', { name: 'CI', scopes: [] }],
    ['a time without zone', { name: 'CI', expiresAt: '2999-01-01T00:00:00' }],
    ['a limit of nothing', { name: 'CI', rateLimits: { execute: 0 } }],
    ['a limit that a key cannot have', { name: 'CI', rateLimits: { apps: 5 } }],
    ['an unknown field', { name: 'CI', admin: true }],
  ])('refuses %s', async (_, body) => {
    expect((await send('POST', '/api/v1/api-keys', bearer(await aKey()), body)).status).toBe(400);
  });

  it('needs its scopes', async () => {
    const reader = bearer(await aKey({ scopes: ['keys:read'] }));
    expect((await send('GET', '/api/v1/api-keys', reader)).status).toBe(200);
    expect((await send('POST', '/api/v1/api-keys', reader, { name: 'CI' })).status).toBe(403);
  });
});
