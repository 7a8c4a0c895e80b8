import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where the data lives unless somebody wishes otherwise. */
export const DEFAULT_DIRECTORY = './.data';
const ROOT_FALLBACK = '/var/lib/runhook';

/** The account the database runs as. PostgreSQL refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

/** Where the database lives and as whom it runs; `account` is undefined when that is simply the account of this process. */
export interface Residence {
  dataDir: string;
  account: Account | undefined;
}

/**
 * Chooses directory and account. For root, where the database's account cannot reach `./.data` (a checkout below /root), that
 * becomes `/var/lib/runhook`; any other directory is taken as wished. It exists afterwards.
 *
 * @throws when a directory other than the default lies where the database's account cannot reach it.
 */
export function chooseResidence(wish: string, log: (message: string) => void): Residence {
  const directory = resolve(wish);
  const account = process.getuid?.() === 0 ? databaseAccount(directory) : undefined;
  const obstacle = account && findObstacle(directory, account);
  if (!obstacle) return { dataDir: makeTraversable(directory), account };
  const reason = `The database runs as uid ${account.uid} (it must not run as root), which cannot enter ${obstacle}`;
  if (directory !== resolve(DEFAULT_DIRECTORY))
    throw new Error(`${reason}, so its data cannot be in ${directory}. Choose another DATA_DIR.`);
  log(`${reason}: the data directory is ${ROOT_FALLBACK}.`);
  return { dataDir: makeTraversable(ROOT_FALLBACK), account: databaseAccount(ROOT_FALLBACK) };
}

/** For root: the owner of a cluster that is already there (the same account may have another number on another host), else `postgres`, else `nobody`. */
function databaseAccount(directory: string): Account {
  const cluster = join(directory, 'postgres', 'cluster');
  const owner = existsSync(cluster) ? statSync(cluster) : undefined;
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL must not run as root and there is no account "postgres" or "nobody": set DATABASE_URL.');
}

/** The first directory on the way to `path` that the account may not enter (for a file: not execute); undefined when it gets there. */
export function findObstacle(path: string, account: Account): string | undefined {
  let at = path;
  while (!existsSync(at)) at = dirname(at);
  for (at = realpathSync(at); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** Makes the directory; what had to be made can be entered by everyone whatever the umask. Answers its real path. */
function makeTraversable(directory: string): string {
  const first = mkdirSync(directory, { recursive: true });
  if (first !== undefined) {
    for (let at = directory; at.length >= first.length; at = dirname(at)) chmodSync(at, 0o755);
  }
  return realpathSync(directory);
}
