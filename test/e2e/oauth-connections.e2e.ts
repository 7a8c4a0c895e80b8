import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionDto, ConnectionTestDto } from '../../src/modules/connections/dto/connection.dto.js';
import type { AuthorizationDto } from '../../src/modules/connections/oauth/dto/authorization.dto.js';
import type { OAuthAppDto } from '../../src/modules/connections/oauth/dto/oauth-app.dto.js';
import { type ApiClient, type Envelope, type Page, type Refusal, type RunDto, whenOver } from '../support/api.js';
import { aWorkflow } from '../factories/workflow.js';
import { freePort } from '../support/free-port.js';
import { OAUTH_CLIENT, type OAuthServer, startOAuthServer } from '../support/oauth-server.js';
import { json, type Sink, startSink } from '../support/sink.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';

const CALLBACK = '/api/v1/connections/oauth/callback';
const APPS = '/api/v1/oauth-apps';
const DONE = 'https://app.example.com/done?from=runhook';

let bed: TestBed;
let oauth: OAuthServer;
let sink: Sink;
beforeAll(async () => {
  const port = await freePort();
  sink = await startSink();
  bed = await openTestBed('oauth', {
    port,
    env: {
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      OUTBOUND_ALLOW: '127.0.0.0/8',
      OAUTH_REDIRECT_URLS: `https://other.example.com/, ${DONE}`,
      LOG_LEVEL: 'trace',
    },
  });
  oauth = await startOAuthServer(bed.url + CALLBACK);
});
afterAll(async () => {
  await bed.close();
  await oauth.close();
  await sink.close();
});

const appBody = (changes: object = {}) => ({
  provider: 'http',
  authorizationUrl: `${oauth.issuer}/auth`,
  tokenUrl: `${oauth.issuer}/token`,
  issuer: oauth.issuer,
  clientId: OAUTH_CLIENT.id,
  clientSecret: OAUTH_CLIENT.secret,
  scopes: ['openid', 'offline_access'],
  authorizationParameters: { prompt: 'consent' },
  settings: { baseUrl: sink.url },
  ...changes,
});

const putApp = <T = OAuthAppDto>(api: ApiClient, changes: object = {}, name = 'crm') =>
  api.send<T>('PUT', `${APPS}/${name}`, { body: appBody(changes) });

const authUrl = <T = AuthorizationDto>(api: ApiClient, query: Record<string, string> = {}) =>
  api.get<T>(`/api/v1/connections/http/auth-url?${new URLSearchParams({ app: 'crm', ...query }).toString()}`);

const get = async (api: ApiClient, id: string): Promise<ConnectionDto> =>
  (await api.get<ConnectionDto>(`/api/v1/connections/${id}`)).body;

async function aGuest(): Promise<Guest> {
  const guest = await bed.guest();
  expect((await putApp(guest.api)).status).toBe(200);
  return guest;
}

/** Goes through the whole authorization. */
async function connect(api: ApiClient, query: Record<string, string> = {}): Promise<string> {
  const { body, status, text } = await authUrl(api, query);
  expect(status, text).toBe(200);
  const back = await oauth.authorize(body.authUrl);
  const answer = await fetch(back, { redirect: 'manual' });
  expect([200, 302]).toContain(answer.status);
  return body.connectionId;
}

/** Runs a step that calls the sink with the organization's connection. */
async function call(api: ApiClient, connectionId: string): Promise<RunDto> {
  const { id } = await aWorkflow(api, {
    steps: [
      { id: 'call', type: 'action', action: 'http.request', config: { path: '/things' }, retry: { maxAttempts: 1 } },
    ],
  });
  const answer = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { connectionId });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

describe('an OAuth app', () => {
  it('is put, listed and deleted, and never shows its secret', async () => {
    const { api } = await bed.guest();
    const made = await putApp(api);
    expect(made.status, made.text).toBe(200);
    expect(made.body).toMatchObject({
      name: 'crm',
      provider: 'http',
      clientId: OAUTH_CLIENT.id,
      hasClientSecret: true,
      clientAuthentication: 'client_secret_basic',
      redirectUri: bed.url + CALLBACK,
    });
    const { clientSecret: _left, ...rest } = appBody();
    const kept = await api.send<OAuthAppDto>('PUT', `${APPS}/crm`, { body: { ...rest, scopes: ['openid'] } });
    expect([kept.status, kept.body.hasClientSecret, kept.body.scopes]).toEqual([200, true, ['openid']]);
    const listed = await api.get<Page<OAuthAppDto>>(APPS);
    expect(listed.body.data).toEqual([kept.body]);
    expect(made.text + kept.text + listed.text).not.toContain(OAUTH_CLIENT.secret);
    expect((await api.send('DELETE', `${APPS}/crm`)).status).toBe(204);
    expect((await api.get(`${APPS}/crm`)).status).toBe(404);
    expect((await api.send('DELETE', `${APPS}/crm`)).status).toBe(404);
  });

  it('does not have its secret or tokens sent to another server by somebody who does not know them', async () => {
    const { api } = await aGuest();
    const id = await connect(api);
    const elsewhere = { tokenUrl: `${sink.url}/token`, clientSecret: undefined };
    const refused = await putApp<Refusal>(api.in('x-api-key'), elsewhere);
    expect(refused.status).toBe(400);
    expect(refused.body.error.details?.[0]).toMatchObject({ path: ['clientSecret'] });
    expect((await putApp(api, { ...elsewhere, clientSecret: 'another secret' })).status).toBe(200);
    expect(await get(api, id)).toMatchObject({
      status: 'expired',
      error: expect.stringContaining('OAuth app') as string,
    });
    expect(sink.at('/token')).toEqual([]);
  });

  it('is refused with the field and the fix', async () => {
    const { api } = await bed.guest();
    const cases: [object, string][] = [
      [{ provider: 'nonsense' }, 'provider'],
      [{ provider: 'email' }, 'provider'],
      [{ tokenUrl: 'ftp://example.com/' }, 'tokenUrl'],
      [{ tokenUrl: 'http://93.184.216.34/token' }, 'tokenUrl'],
      [{ authorizationUrl: 'https://user:pass@example.com/' }, 'authorizationUrl'],
      [{ clientSecret: undefined }, 'clientSecret'],
      [{ clientAuthentication: 'magic' }, 'clientAuthentication'],
      [{ authorizationParameters: { state: 'mine' } }, 'authorizationParameters'],
      [{ scopes: ['a b'] }, 'scopes'],
      [{ settings: {} }, 'settings'],
    ];
    for (const [changes, member] of cases) {
      const answer = await putApp<Refusal>(api.in('x-api-key'), changes);
      expect([answer.status, member], answer.text).toEqual([400, member]);
      expect(answer.body.error.details?.[0]?.path[0]).toBe(member);
    }
  });
});

describe('an authorization', () => {
  it('makes a pending connection, and with the answer an active one', async () => {
    const { api } = await aGuest();
    const { body } = await authUrl(api, { connectionName: 'CRM of Acme' });
    expect(new URL(body.authUrl).searchParams.get('code_challenge_method')).toBe('S256');
    expect(new URL(body.authUrl).searchParams.get('prompt')).toBe('consent');
    expect(body.redirectUri).toBe(bed.url + CALLBACK);
    expect(await get(api, body.connectionId)).toMatchObject({
      status: 'pending',
      name: 'CRM of Acme',
      authType: 'oauth2',
    });
    const back = await oauth.authorize(body.authUrl);
    const page = await fetch(back);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('active');
    expect(await get(api, body.connectionId)).toMatchObject({
      status: 'active',
      oauthApp: 'crm',
      settings: { baseUrl: sink.url },
      credentialHints: {},
      externalAccountId: 'ann',
      expiresAt: expect.any(String) as string,
    });
    // Once only: the same answer belongs to nobody now.
    expect((await fetch(back)).status).toBe(400);
    const run = await call(api, body.connectionId);
    expect(run.status, JSON.stringify(run)).toBe('completed');
    expect(oauth.secrets.has(sink.at('/things').at(-1)?.headers.authorization?.slice(7) ?? '')).toBe(true);
  });

  it('sends the person where they came from, with the outcome', async () => {
    const { api } = await aGuest();
    for (const [decision, status] of [
      ['consent', 'active'],
      ['deny', 'error'],
    ] as const) {
      const { body } = await authUrl(api, { redirectUrl: DONE, connectionName: decision });
      const answer = await fetch(await oauth.authorize(body.authUrl, decision), { redirect: 'manual' });
      expect(answer.status).toBe(302);
      const target = new URL(answer.headers.get('location') ?? '');
      expect(`${target.origin}${target.pathname}`).toBe('https://app.example.com/done');
      expect(Object.fromEntries(target.searchParams)).toMatchObject({
        from: 'runhook',
        connectionId: body.connectionId,
        status,
      });
      expect((await get(api, body.connectionId)).status).toBe(status);
    }
    expect(await get(api, (await authUrl(api, { connectionName: 'deny' })).body.connectionId)).toMatchObject({
      error: expect.stringContaining('access_denied') as string,
    });
  });

  it('is refused for redirects that the operator does not know', async () => {
    const { api } = await aGuest();
    const targets = [
      'https://evil.example/',
      `${DONE}&more`,
      `${bed.url}.evil.example/`,
      'javascript:alert(1)',
      '//evil.example',
      `http://user@${new URL(bed.url).host}/`,
    ];
    for (const redirectUrl of targets) {
      const answer = await authUrl<Refusal>(api.in('x-api-key'), { redirectUrl });
      expect([redirectUrl, answer.status]).toEqual([redirectUrl, 400]);
      expect(answer.body.error.details?.[0]?.path).toEqual(['redirectUrl']);
    }
    expect((await authUrl(api, { redirectUrl: `${bed.url}/docs` })).status).toBe(200);
  });

  it('is refused for providers and apps that cannot be', async () => {
    const { api } = await bed.guest();
    expect((await authUrl<{ code: string }>(api)).body.code).toBe('OAUTH_APP_MISSING');
    for (const provider of ['nonsense', 'email']) {
      const { status, text } = await api.get(`/api/v1/connections/${provider}/auth-url`);
      expect([provider, status]).toEqual([provider, 400]);
      expect(text).toContain(provider === 'email' ? 'credentials' : 'known providers');
    }
  });

  it('does not take answers that were changed, came too late, or belong to another', async () => {
    const { api } = await aGuest();
    const { body } = await authUrl(api);
    const back = await oauth.authorize(body.authUrl);
    for (const state of ['', 'x', 'A'.repeat(43)]) {
      const forged = new URL(back);
      forged.searchParams.set('state', state);
      expect((await fetch(forged)).status).toBe(400);
    }
    expect((await get(api, body.connectionId)).status).toBe('pending');
    await bed.sql(`update oauth_authorizations set expires_at = now() where connection_id = $1`, [
      body.connectionId.slice(5),
    ]);
    expect((await fetch(back)).status).toBe(400);
    expect((await get(api, body.connectionId)).status).toBe('pending');
    // An answer of another issuer (RFC 9207), and a code that is none.
    for (const [name, value] of [
      ['iss', 'https://evil.example'],
      ['code', 'nonsense'],
    ] as const) {
      const again = (await authUrl(api)).body;
      const changed = await oauth.authorize(again.authUrl);
      changed.searchParams.set(name, value);
      expect((await fetch(changed)).status).toBe(400);
      expect(['pending', 'error']).toContain((await get(api, body.connectionId)).status);
    }
  });

  it('answers no header and no parameter without escaping it', async () => {
    const page = await fetch(`${bed.url}${CALLBACK}?state=<script>&error=<script>alert(1)</script>`);
    expect(page.status).toBe(400);
    expect(await page.text()).not.toContain('<script>');
  });

  it('given again keeps the connection, its id and whoever uses it', async () => {
    const { api } = await aGuest();
    const id = await connect(api, { connectionName: 'same' });
    expect(await connect(api, { connectionName: 'same' })).toBe(id);
    const envelope = await api.in('x-api-key').get<Envelope<ConnectionDto[]>>('/api/v1/connections?provider=http');
    expect(envelope.body.data).toHaveLength(1);
  });
});

describe('an access token', () => {
  const overdue = (id: string) => bed.sql(`update connections set expires_at = now() where id = $1`, [id.slice(5)]);
  const refreshes = () => oauth.grants.filter((grant) => grant === 'refresh_token').length;

  it('is renewed before it ends, and after the provider has refused it', async () => {
    const { api } = await aGuest();
    const id = await connect(api);
    const before = refreshes();
    await overdue(id);
    expect((await call(api, id)).status).toBe('completed');
    expect(refreshes()).toBe(before + 1);
    expect((await call(api, id)).status).toBe('completed');
    expect(refreshes()).toBe(before + 1);
    const stale = sink.at('/things').at(-1)?.headers.authorization;
    sink.on('/things', (response, request) => {
      json({ ok: true }, request.headers.authorization === stale ? 401 : 200)(response, request);
    });
    expect((await call(api, id)).status).toBe('completed');
    expect(refreshes()).toBe(before + 2);
    sink.on('/things', json({ ok: true }));
  });

  it('is renewed once for fifty steps that need it at the same time', async () => {
    const { api } = await aGuest();
    const connectionId = await connect(api);
    const { id } = await aWorkflow(api, {
      steps: [{ id: 'call', type: 'action', action: 'http.request', config: { path: '/things' } }],
    });
    const [before, called] = [refreshes(), sink.at('/things').length];
    await overdue(connectionId);
    const items = Array.from({ length: 50 }, () => ({ connectionId }));
    const { body } = await api.post<{ items: { runId: string }[] }>(`/api/v1/workflows/${id}/batch`, { items });
    const runs = await Promise.all(body.items.map(({ runId }) => whenOver(api, runId)));
    expect(runs.map(({ status }) => status)).toEqual(Array(50).fill('completed'));
    expect(refreshes()).toBe(before + 1);
    const tokens = sink
      .at('/things')
      .slice(called)
      .map(({ headers }) => headers.authorization);
    expect([tokens.length, new Set(tokens).size]).toEqual([50, 1]);
  });

  it('of an authorization that has ended makes the connection expired; it says so until it is authorized again', async () => {
    const { api } = await aGuest();
    const id = await connect(api);
    await overdue(id);
    oauth.breakTokens(503);
    const down = await call(api, id);
    expect(down.steps[0]?.error).toMatchObject({ code: 'CONNECTION_ERROR' });
    expect((await get(api, id)).status).toBe('active');
    oauth.breakTokens(null);
    await oauth.revokeAll();
    const failed = await call(api, id);
    expect(failed.steps[0]?.error).toMatchObject({
      code: 'CONNECTION_ERROR',
      message: expect.stringContaining('authorize it again') as string,
    });
    expect(await get(api, id)).toMatchObject({
      status: 'expired',
      error: expect.stringContaining('withdrawn') as string,
    });
    const test = await api.post<ConnectionTestDto>(`/api/v1/connections/${id}/test`);
    expect([test.status, test.body.connection.status]).toEqual([200, 'expired']);
    expect(await connect(api, { connectionName: (await get(api, id)).name })).toBe(id);
    expect((await call(api, id)).status).toBe('completed');
  });
});

describe('and nothing that is secret', () => {
  const found = (text: string): string[] =>
    [...oauth.secrets, OAUTH_CLIENT.secret].filter((secret) => text.includes(secret));

  it('stands in the log, at the most talkative level', () => {
    expect(oauth.secrets.size).toBeGreaterThan(5);
    expect(bed.server.output()).toContain(CALLBACK);
    expect(bed.server.output()).not.toContain('code=');
    expect(found(bed.server.output())).toEqual([]);
  });

  it('stands in any row of any table', async () => {
    const tables = await bed.sql<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      for (const { row } of await bed.sql<{ row: string }>(`select t::text as row from ${name} t`))
        expect([name, found(row)]).toEqual([name, []]);
    }
  });
});
