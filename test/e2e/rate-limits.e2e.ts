import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow } from '../factories/workflow.js';
import { type Answer, ApiClient, type CreatedApiKeyDto, type Refusal } from '../support/api.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';
import { skippedInCluster } from '../support/topology.js';

const UNKNOWN = 'wf_01a20000-0000-7000-8000-000000000000';

let bed: TestBed;
let replica: ServerProcess;

beforeAll(async () => {
  bed = await openTestBed('ratelimits');
  replica = await startServer({ databaseUrl: bed.databaseUrl, role: 'api' });
});
afterAll(async () => {
  await replica.stop();
  await bed.close();
});

/** One request of each category. */
const REQUESTS = {
  execute: (api: ApiClient) => api.post(`/api/v1/workflows/${UNKNOWN}/run`, {}),
  read: (api: ApiClient) => api.get('/api/v1/workflows?limit=1'),
  write: (api: ApiClient) => api.post('/api/v1/workflows', {}),
};
type Category = keyof typeof REQUESTS;

interface Standing {
  limit: number;
  remaining: number;
  reset: number;
}

/** Where an answer says its caller stands, by both families of headers, which must agree. */
function standing({ headers }: Answer<unknown>, category: Category): Standing {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
    Number(headers.get(`x-ratelimit-${name}`) ?? NaN),
  );
  expect(headers.get('ratelimit-policy')).toBe(`"${category}";q=${limit};w=60`);
  expect(headers.get('ratelimit')).toBe(`"${category}";r=${remaining};t=${reset}`);
  return { limit: limit ?? NaN, remaining: remaining ?? NaN, reset: reset ?? NaN };
}

/** A caller whose key has these limits of its own. */
async function limited(guest: Guest, rateLimits: Partial<Record<Category, number>>): Promise<ApiClient> {
  const body = {
    name: 'limited',
    rateLimits,
    scopes: ['workflows:read', 'workflows:write', 'workflows:execute', 'runs:read'],
  };
  const answer = await guest.api.post<CreatedApiKeyDto>('/api/v1/api-keys', body);
  expect(answer.status, answer.text).toBe(201);
  return guest.api.with(answer.body.key);
}

describe('every limited answer tells where the caller stands', () => {
  it.each<[Category, number]>([
    ['execute', 500],
    ['read', 1000],
    ['write', 200],
  ])('%s: %i a minute', async (category, limit) => {
    const { api } = await bed.guest();
    const first = await REQUESTS[category](api);
    expect(standing(first, category)).toMatchObject({ limit, remaining: limit - 1 });
    expect(first.headers.get('retry-after')).toBe(null);
    const second = await REQUESTS[category](api.in('x-api-key'));
    const now = standing(second, category);
    expect(now).toMatchObject({ limit, remaining: limit - 2 });
    expect(now.reset).toBeGreaterThanOrEqual(1);
    // Counted in whole seconds and never early, so up to one more than the window.
    expect(now.reset).toBeLessThanOrEqual(61);
  });

  it('in success and in error, but not where the caller is unknown', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api);
    const [good, bad] = [
      await api.post(`/api/v1/workflows/${id}/run`, {}),
      await api.post(`/api/v1/workflows/${id}/run`, { nope: 1 }),
    ];
    expect([good.status, standing(good, 'execute').remaining]).toEqual([202, 499]);
    expect([bad.status, standing(bad, 'execute').remaining]).toEqual([400, 498]);
    const stranger = await api.with(null).get('/api/v1/runs');
    expect([stranger.status, stranger.headers.get('x-ratelimit-limit')]).toEqual([401, null]);
  });

  it.each(['/docs', '/api/v1/nothing'])('%s is not limited', async (path) => {
    const answer = await (await bed.guest()).api.get(path);
    expect(answer.headers.get('x-ratelimit-limit')).toBe(null);
  });
});

describe('a budget', () => {
  it('is one for all requests of a category, and one for each category', async () => {
    const guest = await bed.guest();
    const api = await limited(guest, { execute: 2, read: 3, write: 1 });
    expect((await api.post(`/api/v1/runs/${UNKNOWN}/cancel`)).status).toBe(404);
    expect(standing(await REQUESTS.execute(api), 'execute').remaining).toBe(0);
    for (const path of ['run', 'run?test=true'])
      expect((await api.post(`/api/v1/workflows/${UNKNOWN}/${path}`, {})).status).toBe(429);
    expect((await api.post(`/api/v1/runs/${UNKNOWN}/retry`)).status).toBe(429);
    for (const path of ['runs', 'workflows', `runs/${UNKNOWN}`])
      expect((await api.get(`/api/v1/${path}`)).status).not.toBe(429);
    expect((await api.get('/api/v1/runs')).status).toBe(429);
    expect((await REQUESTS.write(api)).status).toBe(400);
    expect((await REQUESTS.write(api)).status).toBe(429);
  });

  it('belongs to a key: another key of the same organization has its own', async () => {
    const guest = await bed.guest();
    const [one, two] = [await limited(guest, { execute: 1 }), await limited(guest, { execute: 1 })];
    expect((await REQUESTS.execute(one)).status).toBe(404);
    expect((await REQUESTS.execute(one)).status).toBe(429);
    expect((await REQUESTS.execute(two)).status).toBe(404);
    expect((await REQUESTS.execute(guest.api)).status).toBe(404);
  });

  it('is exact under a burst, on two processes together', async () => {
    const api = await limited(await bed.guest(), { execute: 30 });
    const elsewhere = new ApiClient(replica.url, api.key);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => REQUESTS.execute(i % 2 ? api : elsewhere)));
    expect(answers.filter(({ status }) => status !== 429)).toHaveLength(30);
    const remaining = answers
      .filter(({ status }) => status !== 429)
      .map((answer) => standing(answer, 'execute').remaining);
    expect(remaining.every((left) => left >= 0 && left < 30)).toBe(true);
  });

  it('of the organization holds where the key has none of its own, from the next request on', async () => {
    const guest = await bed.guest({ settings: { rateLimits: { execute: 2, read: 7 } } });
    expect(standing(await REQUESTS.execute(guest.api), 'execute').limit).toBe(2);
    expect(standing(await REQUESTS.read(guest.api), 'read').limit).toBe(7);
    expect(standing(await REQUESTS.write(guest.api), 'write').limit).toBe(200);
    expect(standing(await REQUESTS.execute(await limited(guest, { execute: 5 })), 'execute').limit).toBe(5);
    await bed.sql(`update organizations set settings = '{"rateLimits": {"execute": 9}}' where id = $1`, [
      guest.organizationId,
    ]);
    expect(standing(await REQUESTS.execute(guest.api), 'execute')).toMatchObject({ limit: 9, remaining: 7 });
  });
});

describe('a request beyond the limit', () => {
  const message = 'Rate limit exceeded. Limit: 1 requests per minute.';

  it.each<Category>(['execute', 'read', 'write'])(
    'of %s is refused in both styles, with the time to wait',
    async (category) => {
      const api = await limited(await bed.guest(), { [category]: 1 });
      await REQUESTS[category](api);
      const bare = await REQUESTS[category](api);
      expect(bare.status).toBe(429);
      expect(bare.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(bare.body).toMatchObject({ status: 429, code: 'RATE_LIMITED', detail: message, retryable: true });
      const { limit, remaining, reset } = standing(bare, category);
      expect([limit, remaining]).toEqual([1, 0]);
      expect(bare.headers.get('retry-after')).toBe(String(reset));
      expect(reset).toBeGreaterThanOrEqual(1);
      const enveloped = (await REQUESTS[category](api.in('x-api-key'))) as Answer<unknown> as Answer<Refusal>;
      expect([enveloped.status, enveloped.text]).toEqual([
        429,
        JSON.stringify({ success: false, error: { code: 'RATE_LIMITED', message } }),
      ]);
      expect(enveloped.headers.get('retry-after')).toMatch(/^\d+$/);
    },
  );

  it('is not counted, so that asking on does not lengthen the wait', async () => {
    const api = await limited(await bed.guest(), { read: 2 });
    await REQUESTS.read(api);
    await REQUESTS.read(api);
    const waits = [];
    for (let i = 0; i < 10; i++) waits.push(Number((await REQUESTS.read(api)).headers.get('retry-after')));
    expect(waits).toEqual([...waits].sort((a, b) => b - a));
  });

  it('starts no run', async () => {
    const guest = await bed.guest();
    const api = await limited(guest, { execute: 3 });
    const { id } = await aWorkflow(guest.api);
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post(`/api/v1/workflows/${id}/run`, {})));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
    expect(await bed.sql('select 1 from runs where organization_id = $1', [guest.organizationId])).toHaveLength(3);
  });

  it.skipIf(skippedInCluster('the windows are in Redis, which moves on by itself'))(
    'is accepted again once the window has moved on',
    async () => {
      const api = await limited(await bed.guest(), { read: 1 });
      await REQUESTS.read(api);
      expect((await REQUESTS.read(api)).status).toBe(429);
      await bed.sql('delete from rate_windows');
      expect((await REQUESTS.read(api)).status).not.toBe(429);
    },
  );
});
