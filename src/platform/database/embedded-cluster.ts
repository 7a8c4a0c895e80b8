import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import type { Account, Residence } from './embedded-account.js';
import type { Binaries } from './embedded-binaries.js';
import { draftOf } from './embedded-process.js';

/** Database and superuser of the embedded server. */
export const NAME = 'runhook';

/** What lies in `<data directory>/postgres`. It appears there whole, by one rename, or not at all. */
export interface Home {
  root: string;
  /** PostgreSQL's own directory. */
  cluster: string;
  /** The superuser's password, mode 0600. */
  password: string;
  /** The port used last. */
  port: string;
  log: string;
  /** One empty file for each process that uses the database. */
  users: string;
}

/** Names the files below `<dataDir>/postgres`. */
function homeAt(root: string): Home {
  const [cluster, password, port] = [join(root, 'cluster'), join(root, 'password'), join(root, 'port')];
  return { root, cluster, password, port, log: join(root, 'server.log'), users: join(root, 'users') };
}

/**
 * Makes the cluster when there is none. Two processes may do so at once: each builds a draft and the rename of the second fails.
 *
 * @throws when initdb fails, or something else lies where the cluster should be.
 */
export async function ensureCluster(residence: Residence, binaries: Binaries, unsafe: boolean): Promise<Home> {
  const home = homeAt(join(residence.dataDir, 'postgres'));
  if (isWhole(home.cluster)) return home;
  removeLeftovers(home);
  const draft = draftOf(home.root);
  try {
    await initialise(homeAt(draft), binaries, residence.account, unsafe);
    renameSync(draft, home.root);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!isWhole(home.cluster)) throw error;
  }
  return home;
}

const isWhole = (cluster: string): boolean =>
  existsSync(join(cluster, 'PG_VERSION')) && existsSync(join(cluster, 'global/pg_control'));

/** Object ids below are PostgreSQL's own; a directory `base/16384` or above is a database that somebody created. */
const FIRST_USER_OID = 16_384;
const OF_HOME = /^(cluster|password|port|server\.log|users)$/;
const OF_INITDB = /^(base|global|pg_\w+|PG_VERSION|postgresql(\.auto)?\.conf|postmaster\.(pid|opts))$/;

/** Clears away a cluster that was wiped or never finished. Anything that may hold data or is not ours stays, and is an error. */
function removeLeftovers({ root, cluster }: Home): void {
  const foreign = list(root).filter((name) => !OF_HOME.test(name));
  const inCluster = list(cluster).filter((name) => !OF_INITDB.test(name));
  const databases = list(join(cluster, 'base')).filter((name) => Number(name) >= FIRST_USER_OID);
  const kept = [
    ...foreign,
    ...inCluster.map((name) => `cluster/${name}`),
    ...databases.map((id) => `cluster/base/${id}`),
  ];
  if (kept.length > 0) {
    throw new Error(
      `${root} holds no whole database but files worth keeping (${kept.join(', ')}): move them away first.`,
    );
  }
  rmSync(root, { recursive: true, force: true });
}

const list = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);

async function initialise(
  home: Home,
  binaries: Binaries,
  account: Account | undefined,
  unsafe: boolean,
): Promise<void> {
  if (!account) assertNamedUser();
  mkdirSync(home.users, { recursive: true, mode: 0o700 });
  writeFileSync(home.password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account) for (const path of [home.root, home.users, home.password]) chownSync(path, account.uid, account.gid);
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const access = ['-U', NAME, '--auth=scram-sha-256', `--pwfile=${home.password}`];
  const args = ['-D', home.cluster, ...access, ...locale, '--no-instructions', ...(unsafe ? ['--no-sync'] : [])];
  const initdb = spawn(binaries.initdb, args, { ...account, env: serverEnv(), stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    const refuse = (cause: Error): void =>
      reject(new Error(`${binaries.initdb} cannot be run here (is this system's libc musl?)`, { cause }));
    initdb.on('error', refuse).on('close', resolve);
  });
  const [code, out, err] = await Promise.all([ended, text(initdb.stdout), text(initdb.stderr)]);
  if (code !== 0) throw new Error(`initdb failed (${code}): ${err.trim() || out.trim()}`);
}

/** initdb looks its user up; under a bare `--user 4242` there is no such entry. */
function assertNamedUser(): void {
  try {
    userInfo();
  } catch (cause) {
    const message = `The embedded PostgreSQL needs an account (an entry in /etc/passwd) for uid ${process.getuid?.()}.`;
    throw new Error(`${message} Start Runhook as a named user, or set DATABASE_URL.`, { cause });
  }
}

/** Nothing of this process's environment reaches the database: not its secrets, nor a PGPORT or PGDATA. */
export function serverEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

/** The URL of a database in the cluster. */
export function urlOf(home: Home, port: number, database: string = NAME): string {
  return `postgres://${NAME}:${readFileSync(home.password, 'utf8').trim()}@127.0.0.1:${port}/${database}`;
}
