// The processes that are measured: started, heard, weighed and ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const READY = /listening on http:\/\/127\.0\.0\.1:(\d+)|worker is ready/;
/** Ticks a second in /proc; 100 on every Linux. */
const TICKS = 100;

const alive = new Set();
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

/**
 * Starts `node <args>` in the repository and resolves when it says that it is ready.
 *
 * @param {string[]} args
 * @param {Record<string, string>} env nothing else of this process's environment reaches it, save PATH, HOME and TZ
 */
export async function startNode(args, env) {
  const { PATH, HOME, TZ } = process.env;
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH, HOME, TZ, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  let output = '';
  const port = await new Promise((resolve, reject) => {
    const hear = (chunk) => {
      output += chunk;
      const ready = READY.exec(output);
      if (ready) resolve(Number(ready[1] ?? 0));
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code, signal) =>
      reject(new Error(`node ${args.join(' ')} ended with ${code ?? signal}:\n${output}`)),
    );
  });
  return { pid: child.pid, port, begun, output: () => output, stop: () => stop(child) };
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await exited;
  clearTimeout(impatience);
}

/** CPU seconds of a process, and of its children that have ended. */
export function cpuSeconds(pid) {
  const stat = statOf(pid);
  return stat ? stat.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS : 0;
}

/** CPU seconds of a process and of its children, living and ended: a PostgreSQL server with its backends. */
export function familyCpuSeconds(pid) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = pids.filter((child) => statOf(child)?.[1] === String(pid));
  return [pid, ...children].reduce((sum, member) => sum + cpuSeconds(member), 0);
}

/** CPU seconds that the whole machine has worked. */
export function machineCpuSeconds() {
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

/** Resident memory of a process, in MB. */
export function residentMb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

/** The fields of /proc/<pid>/stat from the third (state) on; undefined when the process is gone. */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
