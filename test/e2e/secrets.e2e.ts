import { generateApiKey } from '#libs/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow, type StepBody, workflowBody } from '../factories/workflow.js';
import {
  type ApiClient,
  type CreatedApiKeyDto,
  type Page,
  type RunDto,
  type RunSummaryDto,
  whenOver,
} from '../support/api.js';
import { json, type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let sink: Sink;
let api: ApiClient;
/** Every secret that went through the server, by what it is. */
const secrets = new Map<string, string>();
let runs: string[];

/** A value that is found again wherever it turns up. */
function secret(name: string, value = `canary-${name}-${'0123456789abcdef'.repeat(2)}`): string {
  secrets.set(name, value);
  return value;
}

const call = (path: string, config: object): StepBody => ({
  id: 'call',
  type: 'general_api',
  config: { url: sink.url + path, ...config },
  retry: { maxAttempts: 2, initialDelayMs: 1 },
});

async function outcome(step: StepBody, input: object = {}): Promise<RunDto> {
  const { id } = await aWorkflow(api, { steps: [step], name: 'secretive' });
  const { body } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input });
  runs.push(body.id);
  return whenOver(api, body.id);
}

/** Each row of each table of the application and its queue, as text. */
async function databaseDump(): Promise<{ table: string; row: string }[]> {
  const tables = await bed.sql<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  const rows: { table: string; row: string }[] = [];
  for (const { name } of tables) {
    for (const { row } of await bed.sql<{ row: string }>(`select t::text as row from ${name} t`))
      rows.push({ table: name, row });
  }
  return rows;
}

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('secrets', { env: { OUTBOUND_ALLOW: '127.0.0.0/8', LOG_LEVEL: 'trace' } });
  const guest = await bed.guest();
  ({ api } = guest);
  secret('the calling key', guest.key);
  runs = [];
});
afterAll(async () => {
  await bed.close();
  await sink.close();
});

describe('secrets are used', () => {
  it('by steps that succeed, fail, cannot connect and cannot be sent', async () => {
    sink.on('/denied', json({ error: 'no' }, 401));
    sink.on('/limited', json({}, 500));
    sink.on(
      '/cookies',
      json({ ok: true }, 200, {
        'set-cookie': `session=${secret('set-cookie')}`,
        'x-auth-token': secret('answered token'),
      }),
    );
    const authorization = `Bearer ${secret('authorization')}`;
    const headers = {
      authorization,
      'X-Api-Key': secret('x-api-key'),
      cookie: `sid=${secret('cookie')}`,
      'x-signature': secret('signature'),
    };
    const params = { api_key: secret('parameter'), page: 1 };
    const done = await outcome(call(`/cookies?token=${secret('query')}`, { headers, params }));
    expect(done.status).toBe('completed');
    expect(sink.at('/cookies')[0]).toMatchObject({
      url: expect.stringContaining(secrets.get('parameter') ?? '') as string,
      headers: { authorization },
    });
    expect(done.steps[0]?.input).toMatchObject({
      headers: { authorization: '***' },
      params: { api_key: '***', page: 1 },
    });
    for (const path of ['/denied', '/limited'])
      expect((await outcome(call(path, { headers, params }))).status).toBe('failed');
    const gone = await startSink();
    await gone.close();
    expect(
      (await outcome({ ...call('', {}), config: { url: `${gone.url}/?token=${secrets.get('query')}`, headers } }))
        .status,
    ).toBe('failed');
    const unsendable = await outcome(
      call('/x', { headers: { authorization: `${secrets.get('authorization')} {{input.broken}}` } }),
      { broken: '\n' },
    );
    expect(unsendable.steps[0]?.error?.code).toBe('INVALID_HEADER');
  });

  it('by definitions that are refused', async () => {
    const url = `http://user:${secret('userinfo')}@example.com/`;
    const refused = [
      { url },
      { url: `nonsense ${secret('bad url')}` },
      { url: 'https://example.com', headers: { authorization: `${secret('bad header')}\n` } },
      { url: 'https://example.com', headers: { authorization: `{{ ${secret('bad template')}` } },
    ];
    for (const config of refused) {
      const answer = await api.post('/api/v1/workflows', workflowBody({ steps: [call('', config)] }));
      expect(answer.status).toBe(400);
      for (const name of ['userinfo', 'bad url', 'bad header'])
        expect(answer.text).not.toContain(secrets.get(name) ?? '');
    }
  });

  it('by credentials, good and bad', async () => {
    const { body } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', { name: 'made' });
    secret('a made key', body.key);
    expect((await api.with(body.key).in('x-api-key').get('/api/v1/runs')).status).toBe(200);
    expect((await api.with(secret('an unknown key', generateApiKey())).get('/api/v1/runs')).status).toBe(401);
    expect((await api.with(secret('a malformed key')).get('/api/v1/runs')).status).toBe(401);
    expect((await api.get(`/api/v1/runs?api_key=${secret('a key in the query')}`)).status).toBe(400);
    const basic = Buffer.from(`user:${secret('password')}`).toString('base64');
    secret('basic credentials', basic);
    expect((await api.with(null).get('/api/v1/runs', { authorization: `Basic ${basic}` })).status).toBe(401);
    expect((await api.get('/api/v1/runs', { cookie: `session=${secret('session')}` })).status).toBe(200);
  });

  it('by a request that fails for a reason of our own', async () => {
    await bed.sql('alter table workflow_versions rename to elsewhere');
    const steps = [call('/x', { headers: { authorization: secret('failed request') } })];
    const answer = await api.post('/api/v1/workflows', workflowBody({ steps }));
    await bed.sql('alter table elsewhere rename to workflow_versions');
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual(expect.objectContaining({ code: 'INTERNAL', detail: 'Internal server error' }));
    expect(answer.text).not.toMatch(/workflow_versions|insert|node_modules/i);
    expect(bed.server.output()).toContain(answer.body.requestId);
  });
});

describe('and afterwards none of them is', () => {
  /** Which secrets a text holds. */
  const found = (text: string): string[] =>
    [...secrets].filter(([, value]) => text.includes(value)).map(([name]) => name);

  it('in what the server printed, at the most talkative level', () => {
    const output = bed.server.output();
    expect(output).toContain('"level":"info"');
    expect(output).toContain('/api/v1/workflows');
    expect(found(output)).toEqual([]);
  });

  it('in runs, their events and lists', async () => {
    expect(runs).toHaveLength(5);
    for (const run of runs) {
      expect(found((await api.get(`/api/v1/runs/${run}`)).text)).toEqual([]);
      const events = await fetch(`${bed.url}/api/v1/runs/${run}/events`, { headers: api.credential() });
      const stream = await events.text();
      expect(stream).toContain('step.started');
      expect(found(stream)).toEqual([]);
    }
    for (const list of ['runs', 'workflows', 'api-keys']) {
      const { body, text } = await api.get<Page<RunSummaryDto>>(`/api/v1/${list}`);
      expect(body.data.length).toBeGreaterThan(0);
      expect(found(text)).toEqual([]);
    }
  });

  it('in the database, but for the definitions, which their owner can read', async () => {
    const rows = await databaseDump();
    expect(rows.some(({ table, row }) => table === 'app.run_events' && row.includes('step.completed'))).toBe(true);
    const holding = rows.filter(({ row }) => found(row).length > 0).map(({ table }) => table);
    expect(new Set(holding)).toEqual(new Set(['app.workflow_versions']));
    const keys = ['the calling key', 'a made key'].map((name) => secrets.get(name) ?? '');
    for (const key of keys) expect(rows.filter(({ row }) => row.includes(key.slice(12)))).toEqual([]);
  });

  it('and every line that was logged is one JSON document, whatever was put into the request', async () => {
    const odd = { 'user-agent': '\u001b[31mred\u001b[0m', 'x-request-id': 'a"b\\c {"level":"fatal"}' };
    const escape = encodeURIComponent('\n{"level":"fatal","msg":"forged"}\u001b[2J');
    for (const headers of [odd, {}])
      await api.get(`/api/v1/runs/${escape}?x=${escape}`, headers).catch(() => undefined);
    await api.post('/api/v1/api-keys', { name: 'line\n{"level":"fatal"}\u2028\u001b[2J' });
    await api.post('/api/v1/workflows', workflowBody({ name: 'line\r\nbreak' }));
    const lines = bed.server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(20);
    const levels = lines.map((line) => (JSON.parse(line) as { level: string }).level);
    expect(levels).not.toContain('fatal');
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(bed.server.output()).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u2028]/);
  });
});
