import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateApiKey } from '#libs/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient, type Page, type RunAcceptedDto, type RunDto, whenOver } from '../support/api.js';
import { runCurl } from '../support/curl.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { skippedInCluster } from '../support/topology.js';

const isSkipped = skippedInCluster('the first steps are taken with one process');

/** For root, TMPDIR may lie where the database's account cannot go. */
const TEMPORARY = process.getuid?.() === 0 ? '/tmp' : tmpdir();

const keyIn = (output: string): string | undefined => /capi_[0-9A-Za-z]{36}/.exec(output)?.[0];

describe.skipIf(isSkipped)('the first start with nothing installed', () => {
  let directory: string;
  let server: ServerProcess;
  let commands: string[];

  beforeAll(async () => {
    directory = mkdtempSync(join(TEMPORARY, 'runhook-walk-'));
    chmodSync(directory, 0o755);
    server = await startServer({ env: { DATA_DIR: join(directory, 'data') } });
    commands = [...server.output().matchAll(/^ *(curl .*)$/gm)].map(([, command = '']) => command);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('greets with its address, a key and three commands', () => {
    expect(server.output()).toContain(`Runhook is listening on ${server.url}\n`);
    expect(keyIn(server.output())).toBeDefined();
    expect(commands).toHaveLength(3);
  });

  it('prints commands that wait for a run, start one, and list both', async () => {
    const [wait = '', start = '', list = ''] = commands;
    const waited = JSON.parse(await runCurl(wait)) as RunDto;
    expect(waited).toMatchObject({ status: 'completed', output: { subtotal: 4498, tax: 359.84, total: 4857.84 } });
    const accepted = JSON.parse(await runCurl(start)) as RunAcceptedDto;
    expect(accepted).toMatchObject({ status: 'pending', workflowId: waited.workflowId, workflowVersion: 1 });
    const page = JSON.parse(await runCurl(list)) as Page<RunDto>;
    expect(page.data.map(({ id }) => id)).toEqual([accepted.runId, waited.id]);
    const api = new ApiClient(server.url, keyIn(server.output()) ?? '');
    expect(await whenOver(api, accepted.runId)).toMatchObject({ status: 'completed', output: waited.output });
  });

  it('serves the documentation that it points to', async () => {
    const docs = /API documentation +(\S+)/.exec(server.output())?.[1] ?? '';
    const answer = await fetch(docs);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('<html');
  });

  it('prints no key at the second start, and the first one still works', async () => {
    const key = keyIn(server.output()) ?? '';
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    server = await startServer({ env: { DATA_DIR: join(directory, 'data') } });
    expect(server.output()).toContain('Runhook is listening on ');
    expect(keyIn(server.output())).toBeUndefined();
    expect(server.output()).not.toContain('curl');
    const { body } = await new ApiClient(server.url, key).get<Page<RunDto>>('/api/v1/runs');
    expect(body.data).toHaveLength(2);
  });
});

describe.skipIf(isSkipped)('a start with settings', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await emptyDatabase();
  });
  afterAll(() => database.drop());

  it('takes the first key from BOOTSTRAP_API_KEY, on the first start only', async () => {
    const [given, late] = [generateApiKey(), generateApiKey()];
    const first = await startServer({ databaseUrl: database.url, env: { BOOTSTRAP_API_KEY: given } });
    expect(keyIn(first.output())).toBe(given);
    expect((await new ApiClient(first.url, given).get('/api/v1/workflows')).status).toBe(200);
    await first.stop();
    const second = await startServer({ databaseUrl: database.url, env: { BOOTSTRAP_API_KEY: late } });
    expect(keyIn(second.output())).toBeUndefined();
    expect((await new ApiClient(second.url, given).get('/api/v1/workflows')).status).toBe(200);
    expect((await new ApiClient(second.url, late).get('/api/v1/workflows')).status).toBe(401);
    await second.stop();
  });

  it('does not start with wrong settings, and names them all', async () => {
    const wrong = {
      PORT: 'http',
      ROLE: 'both',
      DATABASE_URL: 'mysql://localhost/runhook',
      BOOTSTRAP_API_KEY: 'secret',
    };
    const failure = await startServer({ env: wrong }).catch((error: unknown) => String(error));
    expect(failure).toContain('it ended with 1\n');
    for (const name of Object.keys(wrong)) expect(failure).toMatch(new RegExp(`^  ${name}: must `, 'm'));
  });

  it('refuses a first key with a wrong checksum, naming the setting', async () => {
    const key = generateApiKey();
    const mistyped = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    const empty = await emptyDatabase();
    await expect(startServer({ databaseUrl: empty.url, env: { BOOTSTRAP_API_KEY: mistyped } })).rejects.toThrow(
      /BOOTSTRAP_API_KEY/,
    );
    await empty.drop();
  });

  it('names PORT when it is in use', async () => {
    const first = await startServer({ databaseUrl: database.url });
    const { port } = new URL(first.url);
    await expect(startServer({ databaseUrl: database.url, port: Number(port) })).rejects.toThrow(
      `PORT: ${port} is in use`,
    );
    await first.stop();
  });

  it('names DATABASE_URL when nothing answers there', async () => {
    const unreachable = new URL(database.url);
    unreachable.port = '1';
    await expect(startServer({ databaseUrl: unreachable.href })).rejects.toThrow(/DATABASE_URL/);
  });
});
