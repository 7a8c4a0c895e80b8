import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionDto, ConnectionTestDto } from '../../src/modules/connections/dto/connection.dto.js';
import { aDraft, aWorkflow, type StepBody } from '../factories/workflow.js';
import { ApiClient, type Envelope, type Page, type Problem, type Refusal, type RunDto } from '../support/api.js';
import { startServer } from '../support/server.js';
import { json, type Sink, startSink } from '../support/sink.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';

const CONNECTIONS = '/api/v1/connections';
const TOKEN = `canary-token-${'0123456789abcdef'.repeat(2)}`;
const PASSWORD = `canary-password-${'0123456789abcdef'.repeat(2)}`;
const BASIC = Buffer.from(`ann:${PASSWORD}`).toString('base64');

let bed: TestBed;
let sink: Sink;
beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('connections', { env: { OUTBOUND_ALLOW: '127.0.0.0/8', LOG_LEVEL: 'trace' } });
});
afterAll(async () => {
  await bed.close();
  await sink.close();
});

const body = (changes: object = {}) => ({
  name: 'main',
  provider: 'http',
  credentials: { token: TOKEN },
  settings: { baseUrl: sink.url },
  ...changes,
});

async function create(api: ApiClient, changes: object = {}): Promise<ConnectionDto> {
  const answer = await api.in('bearer').post<ConnectionDto>(CONNECTIONS, body(changes));
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

const patch = <T = ConnectionDto>(api: ApiClient, id: string, change: object) =>
  api.send<T>('PATCH', `${CONNECTIONS}/${id}`, { body: change });

const callStep = (config: object = {}): StepBody => ({
  id: 'call',
  type: 'action',
  action: 'http.request',
  config: { path: '/things', ...config },
  retry: { maxAttempts: 1 },
});

const run = <T = RunDto>(api: ApiClient, workflowId: string, request: object = {}) =>
  api.post<T>(`/api/v1/workflows/${workflowId}/run?wait=10`, request);

describe('a connection', () => {
  it('is created, read, listed, changed and deleted, in both styles', async () => {
    const { api } = await bed.guest();
    const made = await create(api);
    expect(made).toMatchObject({
      id: expect.stringMatching(/^conn_/) as string,
      name: 'main',
      provider: 'http',
      authType: 'credentials',
      status: 'active',
      error: null,
      settings: { baseUrl: sink.url },
      credentialHints: { token: `••••${TOKEN.slice(-4)}` },
      externalAccountId: null,
      lastUsedAt: null,
      lastTestedAt: null,
    });
    const enveloped = await api.in('x-api-key').get<Envelope<ConnectionDto>>(`${CONNECTIONS}/${made.id.slice(5)}`);
    expect(enveloped.body).toEqual({ success: true, data: made });
    const other = await create(api, { name: 'other', externalAccountId: 'acct_1' });
    const list = await api.get<Page<ConnectionDto>>(`${CONNECTIONS}?limit=1&provider=http&status=active`);
    expect(list.body).toMatchObject({ data: [other], hasMore: true });
    const rest = await api.get<Page<ConnectionDto>>(`${CONNECTIONS}?cursor=${list.body.cursor}`);
    expect(rest.body).toMatchObject({ data: [made], hasMore: false });
    expect((await api.get<Page<ConnectionDto>>(`${CONNECTIONS}?provider=slack`)).body.data).toEqual([]);
    expect((await api.get<Page<ConnectionDto>>(`${CONNECTIONS}?status=expired`)).body.data).toEqual([]);
    const renamed = await patch(api, made.id, { name: 'renamed' });
    expect([renamed.status, renamed.body.name]).toEqual([200, 'renamed']);
    const replaced = await api.send<ConnectionDto>('PUT', `${CONNECTIONS}/${made.id}`, {
      body: { credentials: { username: 'ann', password: PASSWORD }, settings: { baseUrl: `${sink.url}/v2` } },
    });
    expect(replaced.body).toMatchObject({
      name: 'renamed',
      settings: { baseUrl: `${sink.url}/v2` },
      credentialHints: { username: '••••', password: `••••${PASSWORD.slice(-4)}` },
    });
    expect((await api.send('DELETE', `${CONNECTIONS}/${made.id}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE', 'PATCH']) {
      const gone = await api.send(method, `${CONNECTIONS}/${made.id}`, method === 'PATCH' ? { body: {} } : {});
      expect([method, gone.status, gone.body.code]).toEqual([method, 404, 'NOT_FOUND']);
    }
  });

  it('is refused with the field and the fix', async () => {
    const { api } = await bed.guest();
    await create(api);
    const cases: [object, (string | number)[], RegExp][] = [
      [{ provider: 'nonsense' }, ['provider'], /known providers are .*http/],
      [{ name: '' }, ['name'], /./],
      [{ name: 'line\nbreak' }, ['name'], /control/],
      [{ credentials: undefined }, ['credentials'], /Required/],
      [{ credentials: { token: 7 } }, ['credentials', 'token'], /string/],
      [{ credentials: { tokn: TOKEN } }, ['credentials', 'tokn'], /./],
      [{ settings: {} }, ['settings', 'baseUrl'], /Required/],
      [{ settings: { baseUrl: 'nonsense' } }, ['settings', 'baseUrl'], /./],
      [{ status: 'active' }, ['status'], /known field/],
    ];
    for (const [changes, path, message] of cases) {
      const answer = await api.in('x-api-key').post<Refusal>(CONNECTIONS, body({ name: 'new', ...changes }));
      expect([changes, answer.status]).toEqual([changes, 400]);
      const [detail] = answer.body.error.details ?? [];
      expect(detail?.path).toEqual(path);
      expect(detail?.message).toMatch(message);
      expect(answer.text).not.toContain(TOKEN);
    }
    const twin = await api.post(CONNECTIONS, body());
    expect([twin.status, twin.body.code]).toEqual([409, 'CONNECTION_EXISTS']);
    expect((await api.get(`${CONNECTIONS}?status=nonsense`)).status).toBe(400);
    expect((await api.get(`${CONNECTIONS}/conn_nonsense`)).status).toBe(404);
  });

  it('keeps its credentials where they are: settings change only with them', async () => {
    const { api } = await bed.guest();
    const { id } = await create(api);
    const elsewhere = { settings: { baseUrl: 'https://evil.example' } };
    const refused = await patch<Refusal>(api.in('x-api-key'), id, elsewhere);
    expect(refused.body.error.details?.[0]).toMatchObject({
      path: ['credentials'],
      message: expect.stringContaining('settings') as string,
    });
    expect((await patch(api, id, { settings: { baseUrl: sink.url } })).status).toBe(200);
    expect((await patch(api, id, { ...elsewhere, credentials: { token: TOKEN } })).status).toBe(200);
  });

  it('can be switched off and on', async () => {
    const { api } = await bed.guest();
    const { id } = await create(api);
    const workflow = await aWorkflow(api, { steps: [callStep()] });
    expect((await patch(api, id, { status: 'disconnected' })).body.status).toBe('disconnected');
    const refused = await run<Problem>(api, workflow.id);
    expect([refused.status, refused.body.code]).toEqual([400, 'CONNECTION_REQUIRED']);
    expect(refused.body.detail).toContain('disconnected');
    expect((await patch(api, id, { status: 'active' })).body.status).toBe('active');
    expect((await run(api, workflow.id)).body.status).toBe('completed');
  });

  it('is tested at its provider, whose answer decides on its status', async () => {
    const { api } = await bed.guest();
    const { id } = await create(api, { settings: { baseUrl: sink.url, testPath: '/me' } });
    const test = async () => (await api.post<ConnectionTestDto>(`${CONNECTIONS}/${id}/test`)).body;
    expect(await test()).toMatchObject({ ok: true, message: null, connection: { status: 'active' } });
    expect(sink.at('/me')[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    sink.on('/me', json({}, 401));
    const failed = await test();
    expect(failed).toMatchObject({ ok: false, connection: { status: 'error', error: failed.message } });
    const workflow = await aWorkflow(api, { steps: [callStep()] });
    expect((await run<Problem>(api, workflow.id)).body.detail).toContain('is not active but error');
    sink.on('/me', json({}));
    expect(await test()).toMatchObject({ ok: true, connection: { status: 'active', error: null } });
    expect((await patch(api, id, { status: 'disconnected' })).status).toBe(200);
    expect(await test()).toMatchObject({ ok: true, connection: { status: 'disconnected' } });
  });
});

describe('a run that needs connections', () => {
  const refusal = async (api: ApiClient, workflowId: string, request: object = {}) => {
    const { status, body: problem } = await run<Problem>(api, workflowId, request);
    expect(status).toBe(400);
    return problem;
  };

  it('is refused where one is missing or ambiguous, also as a dry run, and starts nothing', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api, { steps: [callStep()] });
    for (const request of [{}, { dryRun: true }]) {
      expect(await refusal(api, id, request)).toMatchObject({
        code: 'CONNECTION_REQUIRED',
        detail: 'Step "call" needs a connection. There is no http connection.',
      });
    }
    await create(api);
    expect((await run(api, id, { dryRun: true })).status).toBe(200);
    await create(api, { name: 'other' });
    const { detail } = await refusal(api, id);
    expect(detail).toContain('several active http connections ("other", "main")');
    expect((await api.get<Page<RunDto>>('/api/v1/runs')).body.data).toEqual([]);
  });

  it('uses the one that the request chooses, or the step names', async () => {
    const { api } = await bed.guest();
    const secondToken = `second-${TOKEN}`;
    await create(api);
    const second = await create(api, { name: 'second', credentials: { token: secondToken } });
    const free = await aWorkflow(api, { steps: [callStep()] });
    for (const connectionId of [second.id, second.id.slice(5)]) {
      expect((await run(api, free.id, { connectionId })).body.status).toBe('completed');
      expect(sink.at('/things').at(-1)?.headers.authorization).toBe(`Bearer ${secondToken}`);
    }
    const keyed = { idempotencyKey: 'one' };
    const first = await run(api, free.id, { ...keyed, connectionId: second.id });
    expect((await run(api, free.id, { ...keyed, connectionId: second.id.slice(5) })).body.id).toBe(first.body.id);
    const named = await aWorkflow(api, { steps: [callStep({ connection: 'main' })] });
    expect((await run(api, named.id, { connectionId: second.id })).body.status).toBe('completed');
    expect(sink.at('/things').at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    const { body: used } = await api.get<ConnectionDto>(`${CONNECTIONS}/${second.id}`);
    expect(used.lastUsedAt).not.toBeNull();
  });

  it('is refused for a connection that is nobody’s or another organization’s', async () => {
    const [{ api }, stranger] = [await bed.guest(), await bed.guest()];
    const theirs = await create(stranger.api);
    const pure = await aWorkflow(api);
    for (const connectionId of [theirs.id, theirs.id.slice(5), 'conn_production_stripe', 'run_x']) {
      const problem = await refusal(api, pure.id, { connectionId });
      expect(problem.code).toBe('VALIDATION_ERROR');
      expect(problem.errors?.[0]).toMatchObject({
        pointer: '/connectionId',
        message: expect.stringContaining(connectionId) as string,
      });
    }
  });

  it('is refused by name after the connection was deleted', async () => {
    const { api } = await bed.guest();
    const { id } = await create(api, { name: 'prod' });
    const workflow = await aWorkflow(api, { steps: [callStep({ connection: 'prod' })] });
    expect((await api.send('DELETE', `${CONNECTIONS}/${id}`)).status).toBe(204);
    expect((await refusal(api, workflow.id)).detail).toContain('There is no http connection "prod"');
  });

  it('shows templates what is not secret of the one it chose', async () => {
    const { api } = await bed.guest();
    const { id, settings } = await create(api, { externalAccountId: 'acct_7' });
    const shown = { id, name: 'main', provider: 'http', externalAccountId: 'acct_7', settings };
    const look: StepBody = { id: 'look', type: 'transform', config: { mapping: { connection: '{{connection}}' } } };
    const pure = await aWorkflow(api, { steps: [look] });
    expect((await run(api, pure.id, { connectionId: id })).body.output).toEqual({ connection: shown });
    expect((await run(api, pure.id)).body.output).toEqual({ connection: null });
    const external = await aWorkflow(api, { steps: [callStep(), look] });
    expect((await run(api, external.id, { connectionId: id })).body.output).toEqual({ connection: shown });
  });

  it('is checked as a test run and in a batch, item by item', async () => {
    const { api } = await bed.guest();
    const draft = await aDraft(api, { steps: [callStep()] });
    const tested = await api.post(`/api/v1/workflows/${draft.id}/run?test=true`, {});
    expect(tested.body.code).toBe('CONNECTION_REQUIRED');
    const { id } = await aWorkflow(api, { steps: [callStep()] });
    const batch = await api.post(`/api/v1/workflows/${id}/batch`, { items: [{ input: {} }, { input: {} }] });
    expect(batch.text.match(/CONNECTION_REQUIRED/g)).toHaveLength(2);
  });
});

describe('stored credentials', () => {
  const outcome = async ({ api }: Guest, connection: string) => {
    const { id } = await aWorkflow(api, { steps: [callStep({ connection })] });
    return (await run(api, id)).body;
  };

  it('that were moved to another connection or organization, or changed, fail the run and nothing else', async () => {
    const [guest, stranger] = [await bed.guest(), await bed.guest()];
    await create(guest.api);
    await create(guest.api, { name: 'victim', credentials: { token: `victim-${TOKEN}` } });
    await create(stranger.api, { name: 'theirs', credentials: { token: `theirs-${TOKEN}` } });
    const before = sink.at('/things').length;
    for (const source of ['victim', 'theirs']) {
      await bed.sql(
        `update connections set credentials = (select credentials from connections where name = $2 order by id desc limit 1)
        where organization_id = $1 and name = 'main'`,
        [guest.organizationId, source],
      );
      const failed = await outcome(guest, 'main');
      expect(failed.steps[0]?.error).toMatchObject({
        code: 'CONNECTION_ERROR',
        message: expect.stringContaining('cannot be decrypted') as string,
      });
      expect(JSON.stringify(failed)).not.toContain(TOKEN);
    }
    await bed.sql(
      `update connections set credentials = overlay(credentials placing 'AAAA' from 60) where name = 'victim'`,
    );
    expect((await outcome(guest, 'victim')).steps[0]?.error?.code).toBe('CONNECTION_ERROR');
    expect(sink.at('/things')).toHaveLength(before);
    expect((await fetch(`${bed.url}/health/ready`)).status).toBe(200);
    const test = await guest.api.get<Page<ConnectionDto>>(CONNECTIONS);
    const { id = '' } = test.body.data.find(({ name }) => name === 'main') ?? {};
    const tested = await guest.api.post<ConnectionTestDto>(`${CONNECTIONS}/${id}/test`);
    expect(tested.body).toMatchObject({ ok: false, connection: { status: 'error' } });
    expect((await patch(guest.api, id, { credentials: { token: TOKEN } })).body.status).toBe('active');
    expect((await outcome(guest, 'main')).status).toBe('completed');
  });

  it('need their key: a server with another does not start, and one with a new first and the old goes on', async () => {
    const { key, organizationId } = await bed.guest();
    await create(new ApiClient(bed.url, key));
    const start = (ENCRYPTION_KEY: string) =>
      startServer({ databaseUrl: bed.databaseUrl, env: { ENCRYPTION_KEY, OUTBOUND_ALLOW: '127.0.0.0/8' } });
    const fresh = `fresh:${Buffer.alloc(32, 'fresh').toString('base64')}`;
    await expect(start(fresh)).rejects.toThrow(/ENCRYPTION_KEY: the key "bed" is missing/);
    await expect(start(fresh.replace('fresh:', 'bed:'))).rejects.toThrow(/the key "bed" is not the one/);
    const old = `bed:${Buffer.alloc(32, 'bed').toString('base64')}`;
    const rewrap = async (...keys: string[]) => {
      const env = { ...process.env, DATABASE_URL: bed.databaseUrl, ENCRYPTION_KEY: keys.join(',') };
      await promisify(execFile)(process.execPath, ['dist/src/tools/rewrap-keys.js'], { env });
      return bed.sql(`select distinct split_part(wrapped_key, '.', 2) as key from organization_keys`);
    };
    const rotated = await start(`${fresh},${old}`);
    try {
      const api = new ApiClient(rotated.url, key);
      expect((await outcome({ api, organizationId } as Guest, 'main')).status).toBe('completed');
      expect(await rewrap(fresh, old)).toEqual([{ key: 'fresh' }]);
      expect((await outcome({ api, organizationId } as Guest, 'main')).status).toBe('completed');
      expect(await rewrap(old, fresh)).toEqual([{ key: 'bed' }]);
    } finally {
      await rotated.stop();
    }
  }, 60_000);

  it('are refused by a server without a key, which runs everything else', async () => {
    const bare = await openTestBed('keyless', { env: { ENCRYPTION_KEY: '' } });
    try {
      const { api } = await bare.guest();
      const answer = await api.post(CONNECTIONS, body());
      expect([answer.status, answer.body.code]).toEqual([503, 'ENCRYPTION_NOT_CONFIGURED']);
      expect(answer.body.detail).toContain('ENCRYPTION_KEY');
      const { id } = await aWorkflow(api);
      expect((await run(api, id)).body.status).toBe('completed');
    } finally {
      await bare.close();
    }
  });
});

describe('no credential', () => {
  const secrets = [TOKEN, PASSWORD, BASIC];
  const found = (text: string): string[] => secrets.filter((secret) => text.includes(secret));

  it('comes back from a provider that repeats it', async () => {
    const { api } = await bed.guest();
    const { id: connection } = await create(api, {
      credentials: { username: 'ann', password: PASSWORD },
      settings: { baseUrl: sink.url, testPath: '/echo' },
    });
    const echo = (status: number) =>
      sink.on('/echo', (response, request) =>
        json({ you: { sent: [request.headers.authorization, PASSWORD] } }, status)(response, request),
      );
    const { id } = await aWorkflow(api, { steps: [callStep({ path: '/echo' })] });
    for (const status of [200, 400, 401, 500]) {
      echo(status);
      const answer = await run(api, id);
      expect(found(answer.text)).toEqual([]);
      expect(sink.at('/echo').at(-1)?.headers.authorization).toBe(`Basic ${BASIC}`);
      const events = await fetch(`${bed.url}/api/v1/runs/${answer.body.id}/events`, { headers: api.credential() });
      expect(found(await events.text())).toEqual([]);
      expect(found((await api.post(`${CONNECTIONS}/${connection}/test`)).text)).toEqual([]);
      await patch(api, connection, { status: 'active' });
    }
    expect(found((await api.get(CONNECTIONS)).text + (await api.get('/api/v1/runs')).text)).toEqual([]);
  });

  it('stands in the log, at the most talkative level', () => {
    expect(bed.server.output()).toContain(CONNECTIONS);
    expect(found(bed.server.output())).toEqual([]);
  });

  it('stands in any row of any table', async () => {
    const tables = await bed.sql<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    );
    expect(tables.map(({ name }) => name)).toContain('app.connections');
    for (const { name } of tables) {
      for (const { row } of await bed.sql<{ row: string }>(`select t::text as row from ${name} t`))
        expect([name, found(row)]).toEqual([name, []]);
    }
  });
});
