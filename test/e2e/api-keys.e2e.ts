import { generateApiKey } from '#libs/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow, workflowBody } from '../factories/workflow.js';
import {
  ApiClient,
  type ApiKeyDto,
  type CreatedApiKeyDto,
  type Page,
  type Refusal,
  type RunDto,
  type WorkflowSummaryDto,
} from '../support/api.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

/** Tests of refused keys come from addresses of their own, since refusals are counted by address. */
const ENV = { TRUST_PROXY: '1' };
const KEYS = '/api/v1/api-keys';
const FAR = '2999-01-01T00:00:00.000Z';

let bed: TestBed;
/** Another process on the same database. */
let replica: ServerProcess;
let guest: Guest;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('apikeys', { env: ENV });
  replica = await startServer({ databaseUrl: bed.databaseUrl, env: ENV, role: 'api' });
});
afterAll(async () => {
  await replica.stop();
  await bed.close();
});
beforeAll(async () => {
  guest = await bed.guest();
  ({ api } = guest);
});

let addresses = 0;
const fromElsewhere = (): Record<string, string> => ({ 'x-forwarded-for': `198.51.100.${++addresses}` });

/** Creates a key; its user may have ten, so tests that need many have a guest of their own. */
async function aKey(caller: ApiClient, wanted: object = {}): Promise<CreatedApiKeyDto> {
  const { status, text, body } = await caller.post<CreatedApiKeyDto>(KEYS, { name: 'test', ...wanted });
  expect(status, text).toBe(201);
  return body;
}
const revoke = (caller: ApiClient, id: string) => caller.send<ApiKeyDto>('DELETE', `${KEYS}/${id}`);

describe('an API key', () => {
  it('is shown once, when it is created', async () => {
    const made = await aKey(api, {
      name: 'Nightly import',
      scopes: ['runs:read', 'workflows:read'],
      expiresAt: FAR,
      rateLimits: { read: 5 },
    });
    expect(made.key).toMatch(/^capi_[0-9A-Za-z]{36}$/);
    const { key, ...shown } = made;
    expect(shown).toEqual({
      id: expect.stringMatching(/^key_/) as string,
      name: 'Nightly import',
      prefix: key.slice(0, 12),
      last4: key.slice(-4),
      scopes: ['runs:read', 'workflows:read'],
      workflowIds: null,
      rateLimits: { read: 5 },
      status: 'active',
      createdAt: expect.any(String) as string,
      expiresAt: FAR,
      revokedAt: null,
      lastUsedAt: null,
    });
    const read = await api.get(`${KEYS}/${made.id}`);
    expect(read.body).toEqual(shown);
    const { text } = await api.get(KEYS);
    expect(read.text + text).not.toContain(key);
    expect(JSON.stringify(await bed.sql('select * from api_keys'))).not.toContain(key.slice(12, -4));
    expect((await api.with(key).get('/api/v1/runs')).status).toBe(200);
    await revoke(api, made.id);
  });

  it('may by default start workflows and read runs', async () => {
    const made = await aKey(api);
    expect(made.scopes).toEqual(['workflows:execute', 'runs:read']);
    await revoke(api, made.id);
  });

  it('is listed with the others of its organization, newest first, by page', async () => {
    const { api, keyId } = await bed.guest();
    const made = [await aKey(api, { name: 'a' }), await aKey(api, { name: 'b' })];
    const newestFirst = [...made.map(({ id }) => id).reverse(), `key_${keyId}`];
    expect((await api.get<Page<ApiKeyDto>>(KEYS)).body.data.map(({ id }) => id)).toEqual(newestFirst);
    const first = await api.get<Page<ApiKeyDto>>(`${KEYS}?limit=2`);
    expect(first.body).toMatchObject({ hasMore: true, data: newestFirst.slice(0, 2).map((id) => ({ id })) });
    const rest = await api.get<Page<ApiKeyDto>>(`${KEYS}?limit=2&cursor=${first.body.cursor}`);
    expect(rest.body).toMatchObject({ hasMore: false, cursor: null, data: [{ id: newestFirst[2] }] });
  });

  it('tells when it was last used', async () => {
    const made = await aKey(api);
    await api.with(made.key).get('/api/v1/runs');
    const used = await until(async () => (await api.get<ApiKeyDto>(`${KEYS}/${made.id}`)).body.lastUsedAt);
    expect(Math.abs(Date.now() - Date.parse(used))).toBeLessThan(60_000);
    await revoke(api, made.id);
  });

  it.each([
    [{ name: '' }, '/name'],
    [{ name: '   ' }, '/name'],
    [{}, '/name'],
    [{ name: 'x', scopes: ['runs:delete'] }, '/scopes'],
    [{ name: 'x', scopes: [] }, '/scopes'],
    [{ name: 'x', expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    [{ name: 'x', expiresAt: 'tomorrow' }, '/expiresAt'],
    [{ name: 'x', rateLimits: { execute: 0 } }, '/rateLimits/execute'],
    [{ name: 'x', rateLimits: { all: 5 } }, '/rateLimits/all'],
    [{ name: 'x', workflowIds: ['wf_nope'] }, '/workflowIds/0'],
    [{ name: 'x', key: generateApiKey() }, '/key'],
  ])('is not made of %j', async (body, pointer) => {
    const answer = await api.post(KEYS, body);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
  });
});

describe('ten active keys a user', () => {
  it('are the limit; revoked and expired ones do not count', async () => {
    const { api } = await bed.guest();
    const made: CreatedApiKeyDto[] = [];
    for (let count = 1; count < 10; count++) made.push(await aKey(api));
    const refused = await api.post(KEYS, { name: 'eleventh' });
    expect([refused.status, refused.body.code]).toEqual([400, 'KEY_LIMIT_REACHED']);
    await revoke(api, made[0]?.id ?? '');
    made.push(await aKey(api));
    expect((await api.post(KEYS, { name: 'eleventh' })).status).toBe(400);
    await bed.sql(`update api_keys set expires_at = now() where id = $1`, [made[1]?.id.slice(4)]);
    await aKey(api);
  });

  it('also when 30 are asked for at once', async () => {
    const { api } = await bed.guest();
    const answers = await Promise.all(Array.from({ length: 30 }, () => api.post(KEYS, { name: 'race' })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(9);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 400]));
  });
});

describe('a key that is no longer good', () => {
  const isRefused = async (key: string): Promise<void> => {
    for (const url of [bed.url, replica.url]) {
      const answer = await new ApiClient(url, key).get('/api/v1/runs', fromElsewhere());
      expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
        401,
        'UNAUTHORIZED',
        'Invalid or missing API key',
      ]);
    }
  };

  it('is refused from the next request on after it was revoked, by every process', async () => {
    const made = await aKey(api);
    const elsewhere = new ApiClient(replica.url, made.key);
    for (const caller of [api.with(made.key), elsewhere]) expect((await caller.get('/api/v1/runs')).status).toBe(200);
    const busy = Promise.all(Array.from({ length: 50 }, () => elsewhere.get('/api/v1/runs', fromElsewhere())));
    const answer = await revoke(api, made.id);
    expect(answer.body).toMatchObject({ id: made.id, status: 'revoked', revokedAt: expect.any(String) as string });
    await isRefused(made.key);
    await busy;
    expect((await revoke(api, made.id)).body).toEqual(answer.body);
  });

  it('is refused once it has expired', async () => {
    const made = await aKey(api, { expiresAt: FAR });
    await bed.sql('update api_keys set expires_at = now() where id = $1', [made.id.slice(4)]);
    await isRefused(made.key);
    expect((await api.get<ApiKeyDto>(`${KEYS}/${made.id}`)).body.status).toBe('expired');
  });

  it('is refused while its user is disabled', async () => {
    const other = await bed.guest();
    await bed.sql('update users set disabled_at = now() where id = $1', [other.userId]);
    await isRefused(other.key);
    await bed.sql('update users set disabled_at = null where id = $1', [other.userId]);
    expect((await other.api.get('/api/v1/runs')).status).toBe(200);
  });

  it('can have revoked itself', async () => {
    const made = await aKey(api, { scopes: ['keys:write'] });
    expect((await revoke(api.with(made.key), made.id)).body.status).toBe('revoked');
    await isRefused(made.key);
  });
});

describe('scopes', () => {
  const id = 'wf_01a20000-0000-7000-8000-000000000000';
  const run = 'run_01a20000-0000-7000-8000-000000000000';
  it.each<[string, string, string[]]>([
    ['POST', '/workflows', ['workflows:write']],
    ['GET', '/workflows', ['workflows:read']],
    ['GET', `/workflows/${id}`, ['workflows:read']],
    ...['PUT', 'PATCH', 'DELETE'].map((method): [string, string, string[]] => [
      method,
      `/workflows/${id}`,
      ['workflows:write'],
    ]),
    ...['activate', 'pause', 'resume', 'archive'].map((move): [string, string, string[]] => [
      'POST',
      `/workflows/${id}/${move}`,
      ['workflows:write'],
    ]),
    ['POST', `/workflows/${id}/run`, ['workflows:execute']],
    ['POST', `/workflows/${id}/run?test=true`, ['workflows:write']],
    ['GET', '/runs', ['runs:read']],
    ['GET', `/runs/${run}`, ['runs:read']],
    ['GET', `/runs/${run}/events`, ['runs:read']],
    ['POST', `/runs/${run}/cancel`, ['runs:write', 'workflows:execute']],
    ['POST', `/runs/${run}/retry`, ['runs:write', 'workflows:execute']],
    ['POST', '/api-keys', ['keys:write']],
    ['GET', '/api-keys', ['keys:read']],
    ['GET', `/api-keys/key_${run.slice(4)}`, ['keys:read']],
    ['DELETE', `/api-keys/key_${run.slice(4)}`, ['keys:write']],
  ])('%s %s', async (method, path, scopes) => {
    const without = await bed.guest({ scopes: ['connections:read'] });
    const body = method === 'GET' ? {} : { body: {} };
    const refused = await without.api.send(method, `/api/v1${path}`, body);
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN']);
    for (const scope of scopes) expect(refused.body.detail).toContain(scope);
    const enveloped = await without.api.in('x-api-key').send<Refusal>(method, `/api/v1${path}`, body);
    expect(enveloped.body).toEqual({ success: false, error: { code: 'FORBIDDEN', message: refused.body.detail } });
    for (const scope of scopes) {
      const { api } = await bed.guest({ scopes: [scope as 'runs:read'] });
      expect((await api.send(method, `/api/v1${path}`, body)).status).not.toBe(403);
    }
  });

  it('are handed on only by a key that has them, unless it is an administrator', async () => {
    const member = await bed.guest({ scopes: ['keys:write', 'runs:read'] });
    const refused = await member.api.post(KEYS, { name: 'x', scopes: ['runs:read', 'runs:write'] });
    expect([refused.status, refused.body.detail]).toEqual([403, expect.stringMatching(/lacks: runs:write$/)]);
    expect((await aKey(member.api, { scopes: ['runs:read'] })).scopes).toEqual(['runs:read']);
    const raised = await member.api.post(KEYS, { name: 'x', scopes: ['runs:read'], rateLimits: { read: 1001 } });
    expect([raised.status, raised.body.code]).toEqual([403, 'FORBIDDEN']);
    const admin = await bed.guest({ scopes: ['keys:write', 'org:admin'] });
    expect((await aKey(admin.api, { scopes: ['workflows:write'], rateLimits: { read: 1001 } })).scopes).toEqual([
      'workflows:write',
    ]);
  });

  it('are of no use where the plan has no API keys', async () => {
    const free = await bed.guest();
    await bed.sql(`update organizations set plan = 'free' where id = $1`, [free.organizationId]);
    const refused = await free.api.post(KEYS, { name: 'x' });
    expect([refused.status, refused.body.code]).toEqual([403, 'PLAN_REQUIRED']);
  });
});

describe('a key bound to a workflow', () => {
  it('finds nothing of any other', async () => {
    const { api } = await bed.guest();
    const [mine, other] = [await aWorkflow(api, { name: 'mine' }), await aWorkflow(api, { name: 'other' })];
    const { key, workflowIds } = await aKey(api, {
      workflowIds: [mine.id],
      scopes: ['workflows:read', 'workflows:write', 'workflows:execute', 'runs:read', 'runs:write', 'keys:write'],
    });
    expect(workflowIds).toEqual([mine.id]);
    const bound = api.with(key);
    const runs = await Promise.all(
      [mine, other].map(({ id }) => api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, {})),
    );
    const [myRun = '', otherRun = ''] = runs.map(({ body }) => body.id);

    for (const [method, path] of [
      ['GET', ''],
      ['PUT', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/activate'],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/archive'],
      ['POST', '/run'],
      ['POST', '/run?test=true'],
    ] as const) {
      const answer = await bound.send(
        method,
        `/api/v1/workflows/${other.id}${path}`,
        method === 'GET' ? {} : { body: {} },
      );
      expect([method, path, answer.status, answer.body.detail]).toEqual([method, path, 404, 'Workflow not found']);
    }
    expect((await bound.post(`/api/v1/workflows/${other.id}/run`, { dryRun: true })).status).toBe(404);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ] as const) {
      const answer = await bound.send(method, `/api/v1/runs/${otherRun}${path}`);
      expect([method, path, answer.status, answer.body.detail]).toEqual([method, path, 404, 'Run not found']);
    }
    expect((await bound.get<Page<RunDto>>('/api/v1/runs')).body.data.map(({ id }) => id)).toEqual([myRun]);
    expect((await bound.get<Page<RunDto>>(`/api/v1/runs?workflowId=${other.id}`)).body.data).toEqual([]);
    const listed = await bound.get<Page<WorkflowSummaryDto>>('/api/v1/workflows');
    expect(listed.body.data.map(({ id }) => id)).toEqual([mine.id]);
    expect((await bound.post('/api/v1/workflows', workflowBody())).status).toBe(403);

    expect((await bound.post(`/api/v1/workflows/${mine.id}/run?wait=10`, {})).status).toBe(200);
    expect((await bound.get(`/api/v1/runs/${myRun}`)).status).toBe(200);
    expect((await aKey(bound, { scopes: ['runs:read'] })).workflowIds).toEqual([mine.id]);
    expect((await bound.post(KEYS, { name: 'x', scopes: ['runs:read'], workflowIds: [other.id] })).status).toBe(400);
  });

  it('cannot be bound to a workflow of another organization', async () => {
    const theirs = await aWorkflow((await bed.guest()).api);
    const answer = await api.post(KEYS, { name: 'x', workflowIds: [theirs.id] });
    expect(answer.body.errors).toEqual([{ pointer: '/workflowIds/0', message: 'Workflow not found' }]);
  });
});

describe('credentials', () => {
  const get = (headers: Record<string, string>) =>
    new ApiClient(bed.url, null).get('/api/v1/runs', { ...fromElsewhere(), ...headers });

  it('are taken from either header; both must agree, and then Authorization decides the style', async () => {
    expect((await get({ authorization: `Bearer ${guest.key}` })).body).toMatchObject({ data: [], hasMore: false });
    expect((await get({ authorization: `bearer  ${guest.key}` })).status).toBe(200);
    expect((await get({ 'x-api-key': guest.key })).body).toMatchObject({ success: true, meta: { hasMore: false } });
    expect((await get({ 'x-api-key': guest.key, authorization: `Bearer ${guest.key}` })).body).toMatchObject({
      data: [],
      hasMore: false,
    });
    const other = await bed.guest();
    const both = await get({ 'x-api-key': other.key, authorization: `Bearer ${guest.key}` });
    expect([both.status, both.body.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it.each<[string, Record<string, string>]>([
    ['none', {}],
    ['an unknown key', { authorization: `Bearer ${generateApiKey()}` }],
    ['a wrong checksum', { authorization: 'Bearer capi_000000000000000000000000000000000000' }],
    ['something else', { authorization: 'Bearer secret' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['quotes', { authorization: `Bearer ' or 1=1 --` }],
  ])('that are %s are refused, all in one way', async (_name, headers) => {
    const answer = await get(headers);
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
      401,
      'UNAUTHORIZED',
      'Invalid or missing API key',
    ]);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const enveloped = await get({ 'x-api-key': 'capi_nope' });
    expect([enveloped.status, enveloped.text]).toEqual([
      401,
      '{"success":false,"error":{"code":"UNAUTHORIZED","message":"Invalid or missing API key"}}',
    ]);
  });

  it('in the query are none', async () => {
    const answer = await new ApiClient(bed.url, null).get(
      `/api/v1/runs?api_key=${guest.key}&token=${guest.key}`,
      fromElsewhere(),
    );
    expect(answer.status).toBe(401);
  });

  it('guessed more than 20 times a minute at one process are answered 429, while a good key from there goes on', async () => {
    const here = fromElsewhere();
    const process = new ApiClient(replica.url, api.key);
    const guess = () => process.with(generateApiKey()).get('/api/v1/runs', here);
    const statuses = (await Promise.all(Array.from({ length: 25 }, guess))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    const refused = await guess();
    expect([refused.status, refused.body.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await process.get('/api/v1/runs', here)).status).toBe(200);
    expect((await process.with(generateApiKey()).get('/api/v1/runs', fromElsewhere())).status).toBe(401);
  });
});
