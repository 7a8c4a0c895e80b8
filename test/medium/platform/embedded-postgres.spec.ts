import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/platform/database/embedded-postgres.js';
import { findProcess } from '../../../src/platform/database/embedded-process.js';
import { until } from '../../support/until.js';

let dataDir: string;
let running: EmbeddedPostgres[];

beforeEach(() => {
  dataDir = mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'runhook-starter-'));
  chmodSync(dataDir, 0o755);
  running = [];
});

afterEach(async () => {
  for (const server of running) await server.stop();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir });
  running.push(server);
  return server;
}

async function query(server: { url: string }, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: server.url });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const inHome = (path: string): string => join(dataDir, 'postgres', path);
const postmasterPid = (): number => Number(readFileSync(inHome('cluster/postmaster.pid'), 'utf8').split('\n')[0]);

const hasEnded = (pid: number): boolean => findProcess(pid) === undefined;

async function killPostmaster(): Promise<void> {
  const pid = postmasterPid();
  process.kill(pid, 'SIGKILL');
  await until(() => hasEnded(pid));
}

describe('a first start', () => {
  it('answers the URL of a database that is durable, in UTC and reachable from this machine only', async () => {
    const server = await start();
    expect(server).toMatchObject({ dataDir, adopted: false });
    const settings = `select current_database() as database, current_setting('TimeZone') as zone, current_setting('fsync') as fsync,
      current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets`;
    expect(await query(server, settings)).toEqual([
      { database: 'runhook', zone: 'UTC', fsync: 'on', addresses: '127.0.0.1', sockets: '' },
    ]);
  });

  it('keeps the password in a file of the database account, and refuses others', async () => {
    const server = await start();
    const { mode, uid } = statSync(inHome('password'));
    expect(mode & 0o777).toBe(0o600);
    expect(uid).toBe(statSync(inHome('cluster')).uid);
    const url = new URL(server.url);
    expect(url.password).toBe(readFileSync(inHome('password'), 'utf8'));
    url.password = 'guess';
    await expect(query({ url: url.href }, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('makes one server when two processes start at once on an empty directory', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(first.url).toBe(second.url);
    expect(first.adopted).toBe(!second.adopted);
    expect(readdirSync(dataDir)).toEqual(['postgres']);
  });
});

describe('a later start', () => {
  it('finds the data, the password and the port again', async () => {
    const first = await start();
    await query(first, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start();
    expect(second).toMatchObject({ url: first.url, adopted: false });
    expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('recovers committed data after the server was killed', async () => {
    const first = await start();
    await query(first, 'create table kept as select 42 as answer');
    await killPostmaster();
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('does not mistake another program for the server that a stale pid file names', async () => {
    await (await start()).stop();
    writeFileSync(
      inHome('cluster/postmaster.pid'),
      `${process.pid}\n${inHome('cluster')}\n1\n1\n\n127.0.0.1\n\nready\n`,
    );
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('adopts the server of a process that was killed, and stops it at the end', async () => {
    const url = await startInKilledProcess();
    const pid = postmasterPid();
    const server = await start();
    expect(server).toMatchObject({ url, adopted: true });
    expect(postmasterPid()).toBe(pid);
    await server.stop();
    expect(hasEnded(pid)).toBe(true);
  });
});

/** A process starts the server, says where, and dies by kill -9. */
async function startInKilledProcess(): Promise<string> {
  const script = `const { startEmbeddedPostgres } = await import('./dist/src/platform/database/embedded-postgres.js');
    process.stdout.write((await startEmbeddedPostgres({ dataDir: process.argv[1] })).url);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { value } = (await child.stdout[Symbol.asyncIterator]().next()) as IteratorResult<Buffer, undefined>;
  child.kill('SIGKILL');
  if (value === undefined) throw new Error('The process ended by itself; is dist built?');
  await once(child, 'exit');
  return value.toString();
}

describe('stopping', () => {
  it('ends the server, open sessions included', async () => {
    const server = await start();
    const session = new Client({ connectionString: server.url });
    session.on('error', () => undefined);
    await session.connect();
    const pid = postmasterPid();
    await server.stop();
    expect(hasEnded(pid)).toBe(true);
    expect(existsSync(inHome('cluster/postmaster.pid'))).toBe(false);
  });

  it('leaves the server to another user of the directory; the last one ends it', async () => {
    const [first, second] = [await start(), await start()];
    expect(second.adopted).toBe(true);
    const pid = postmasterPid();
    await first.stop();
    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(hasEnded(pid)).toBe(true);
  });

  it('may be asked twice', async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    await expect(server.stop()).resolves.toBeUndefined();
  });
});

describe('what an interrupted start left', () => {
  it('is cleared away when its maker is gone', async () => {
    const draft = join(dataDir, 'postgres.draft-999999999.1.abcdef01');
    mkdirSync(join(draft, 'cluster/base'), { recursive: true });
    await start();
    expect(readdirSync(dataDir)).toEqual(['postgres']);
  });

  it('is replaced when it is a cluster that initdb never finished', async () => {
    mkdirSync(inHome('cluster/base/1'), { recursive: true });
    writeFileSync(inHome('cluster/postgresql.conf'), '');
    const server = await start();
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is left alone, with an error, when anything in it is not from initdb', async () => {
    mkdirSync(inHome('cluster/base/1'), { recursive: true });
    writeFileSync(inHome('cluster/thesis.txt'), 'years of work');
    await expect(start()).rejects.toThrow('cluster/thesis.txt');
    expect(readFileSync(inHome('cluster/thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('is left alone, with an error, when it holds a database', async () => {
    await (await start()).stop();
    rmSync(inHome('cluster/PG_VERSION'));
    await expect(start()).rejects.toThrow('cluster/base/16384');
    expect(existsSync(inHome('cluster/base/16384'))).toBe(true);
  });
});
