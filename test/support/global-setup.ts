import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/database/embedded-postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's URL of the PostgreSQL of this test run. */
    adminUrl: string;
  }
}

/** Migrated once a run, cloned for each test file that needs a database. */
const TEMPLATE = 'template_runhook';
const MIGRATE = 'dist/src/tools/migrate.js';
/** For root, TMPDIR may lie where the database's account cannot go. */
const TEMPORARY = process.getuid?.() === 0 ? '/tmp' : tmpdir();
const PREFIX = 'runhook-test-';

/** Each project loads this file anew, so what they share hangs on the global object. */
interface Shared {
  users: number;
  server: Promise<EmbeddedPostgres>;
}
const shared = globalThis as { runhookTestServer?: Shared };

/** Starts PostgreSQL for the run (the first project does it for all), builds `dist` and migrates the template. */
export async function setup(project: TestProject): Promise<void> {
  const run = (shared.runhookTestServer ??= { users: 0, server: start() });
  run.users += 1;
  project.provide('adminUrl', (await run.server).url);
}

/** The last project stops it. */
export async function teardown(): Promise<void> {
  const run = shared.runhookTestServer;
  if (!run || --run.users > 0) return;
  const server = await run.server;
  await server.stop();
  rmSync(server.dataDir, { recursive: true, force: true });
}

async function start(): Promise<EmbeddedPostgres> {
  sweep();
  const dataDir = mkdtempSync(join(TEMPORARY, `${PREFIX}${process.pid}-`));
  chmodSync(dataDir, 0o755);
  // A signal ends Vitest without its teardown.
  process.once('exit', () => destroy(dataDir));
  await run('tools/build-if-stale.mjs');
  const server = await startEmbeddedPostgres({ dataDir, unsafe: true });
  await prepareTemplate(server.url);
  return server;
}

async function prepareTemplate(adminUrl: string): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create database ${TEMPLATE}`);
  const url = new URL(adminUrl);
  url.pathname = TEMPLATE;
  if (existsSync(MIGRATE)) await run(MIGRATE, { DATABASE_URL: url.href });
  else process.stderr.write(`WARNING: ${MIGRATE} does not exist, so the tests' databases are empty.\n`);
  await admin.query(`alter database ${TEMPLATE} is_template true allow_connections false`);
  await admin.end();
}

async function run(script: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [script], { env: { ...process.env, ...env } });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`node ${script} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Clears away what killed test runs left behind. */
function sweep(): void {
  for (const name of readdirSync(TEMPORARY)) {
    const pid = /^runhook-test-(\d+)-/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) destroy(join(TEMPORARY, name));
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Without waiting: an exit handler cannot. A server whose files are gone ends by itself. */
function destroy(dataDir: string): void {
  const pidFile = join(dataDir, 'postgres/cluster/postmaster.pid');
  try {
    if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGQUIT');
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // Another account's leftovers, or a server that has just ended.
  }
}
