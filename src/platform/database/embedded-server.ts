import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { Client, DatabaseError } from 'pg';
import type { Account } from './embedded-account.js';
import type { Binaries } from './embedded-binaries.js';
import { NAME, serverEnv, urlOf, type Home } from './embedded-cluster.js';

const LOG_LIMIT_BYTES = 10_000_000;

/** A server process that this process started. */
export interface Launch {
  process: ChildProcess;
  ended: boolean;
  /** Set when the program could not be executed at all. */
  failure?: Error;
}

/** Starts the server detached, so that it outlives this process and no Ctrl-C reaches it. It is not ready yet. */
export async function launch(
  home: Home,
  account: Account | undefined,
  binaries: Binaries,
  unsafe: boolean,
): Promise<Launch> {
  trimLog(home);
  const settings = { ...SETTINGS, port: await choosePort(home), ...(unsafe ? UNSAFE_SETTINGS : {}) };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const output = openSync(home.log, 'a', 0o600);
  const started = spawn(binaries.postgres, ['-D', home.cluster, ...args], {
    ...account,
    cwd: home.cluster,
    env: serverEnv(),
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const state: Launch = { process: started, ended: false };
  started
    .on('exit', () => (state.ended = true))
    .on('error', (error) => Object.assign(state, { ended: true, failure: error }));
  started.unref();
  return state;
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 100,
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
  log_min_messages: 'warning',
  // Statements may hold secrets and personal data; the application logs its own errors.
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: -1,
};
const UNSAFE_SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/** The port used last while it is free, so that tools configured with it go on working. */
async function choosePort(home: Home): Promise<number> {
  const last = existsSync(home.port) ? Number(readFileSync(home.port, 'utf8')) : 0;
  return (await freePort(Number.isInteger(last) ? last : 0)) ?? (await freePort(0)) ?? 0;
}

/** Stores the port for the next start. */
export function rememberPort(home: Home, port: number): void {
  writeFileSync(home.port, String(port));
}

function freePort(wish: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer().on('error', () => resolve(undefined));
    probe.listen(wish, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Whether the server answers; creates the database on the first occasion. */
export async function accepts(home: Home, port: number): Promise<boolean> {
  try {
    await query(urlOf(home, port), 'select 1');
    return true;
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === '3D000') await query(urlOf(home, port, 'postgres'), `create database ${NAME}`).catch(ignoreExisting);
    else if (code === '28P01')
      throw new Error(`${home.password} is not the password of this database.`, { cause: error });
    return false;
  }
}

/** Two processes may create the database at once. */
function ignoreExisting(error: unknown): void {
  if (!(error instanceof DatabaseError && (error.code === '42P04' || error.code === '23505'))) throw error;
}

async function query(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Bounds the server's log: it starts anew beyond 10 MB. */
export function trimLog({ log }: Home): void {
  if (existsSync(log) && statSync(log).size > LOG_LIMIT_BYTES) truncateSync(log);
}

/** The last lines of the server's log, to tell why it does not start. */
export function endOfLog({ log }: Home): string {
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12).join('\n') : '';
}
