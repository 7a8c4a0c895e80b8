import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));
// Vitest ends its test processes by a signal, and leaves them alone when it is killed itself: neither would run the above.
process.once('SIGTERM', () => process.exit());
process.once('disconnect', () => process.exit());

/** Makes sure the child does not outlive this process. */
export function track(child: ChildProcess): ChildProcess {
  alive.add(child);
  return child.once('exit', () => alive.delete(child));
}

/** Sends the signal and waits for the end; a process that ignores it for 30 s is killed. Ended already: just tells how. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<Exit> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    const impatience = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await exited;
    clearTimeout(impatience);
  }
  return { code: child.exitCode, signal: child.signalCode };
}
