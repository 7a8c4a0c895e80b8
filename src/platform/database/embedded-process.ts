import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** A process that can still do something (a zombie cannot). */
interface LiveProcess {
  /** Start time as the system writes it, reduced to letters and digits: tells a process from a later one with the same pid. */
  stamp: string;
  command: string;
}

/** The live process with this pid; undefined when there is none or only a zombie of it. */
export function findProcess(pid: number): LiveProcess | undefined {
  if (process.platform === 'linux') return findInProc(pid);
  const args = ['-ww', '-o', 'stat=', '-o', 'lstart=', '-o', 'command=', '-p', String(pid)];
  const ps = spawnSync('ps', args, { encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
  const [, state, start, command] = /^(\S+)\s+((?:\S+\s+){5})(.*)$/.exec(ps.stdout.trim()) ?? [];
  if (!state || !start || state.startsWith('Z')) return undefined;
  return { stamp: start.replaceAll(/\W/g, ''), command: command ?? '' };
}

/** The command in brackets may itself hold brackets and blanks, so the fields are counted from the last bracket: 3 is the state, 22 the start. */
function findInProc(pid: number): LiveProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return { stamp: fields[19] ?? '', command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') };
  } catch {
    return undefined;
  }
}

/** Names a file after this process, so that others can tell whether its maker still lives. */
function newMark(): string {
  return `${process.pid}.${findProcess(process.pid)?.stamp ?? ''}.${randomBytes(4).toString('hex')}`;
}

function isMarkOfTheLiving(mark: string): boolean {
  const [pid, stamp] = mark.split('.');
  return findProcess(Number(pid))?.stamp === stamp;
}

/** A path beside `path` to build it at; renamed to `path` once it is whole. */
export function draftOf(path: string): string {
  return `${path}.draft-${newMark()}`;
}

/** Removes the drafts whose makers were killed; an initdb that outlived its maker may still write there, hence the retries. */
export function sweepDrafts(directory: string): void {
  for (const name of readdirSync(directory)) {
    const mark = /^postgres.*\.draft-(.+)$/.exec(name)?.[1];
    if (mark && !isMarkOfTheLiving(mark))
      rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Enters this process into the list of those that use a database. `leave()` takes it out again and answers whether
 * nobody alive is left; entries of killed processes do not count and are cleared away.
 */
export function joinUsers(directory: string): { leave(): boolean } {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const mark = newMark();
  closeSync(openSync(join(directory, mark), 'w'));
  return {
    leave(): boolean {
      rmSync(join(directory, mark), { force: true });
      const others = readdirSync(directory);
      for (const other of others) if (!isMarkOfTheLiving(other)) rmSync(join(directory, other), { force: true });
      return !others.some(isMarkOfTheLiving);
    },
  };
}

/** What `postmaster.pid` says about the running server of a cluster. */
export interface Postmaster {
  pid: number;
  port: number;
  /** False while it starts, recovers or shuts down. */
  ready: boolean;
}

/** The live postmaster of the cluster, whoever started it; undefined when its pid is gone, a zombie, or by now another program. */
export function findPostmaster(cluster: string): Postmaster | undefined {
  const lines = readPidFile(cluster);
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !findProcess(pid)?.command.includes(` ${cluster} `)) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Removes a pid file that PostgreSQL would take for a running server: its pid lives on as a zombie or as another program
 * of the same account. The file is compared again right before, since another process may have started the server meanwhile.
 */
export function removeStalePidFile(cluster: string): void {
  const seen = readPidFile(cluster).join('\n');
  if (seen !== '' && !findPostmaster(cluster) && readPidFile(cluster).join('\n') === seen) {
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
  }
}

function readPidFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}
