import { spawn, type ChildProcess } from 'node:child_process';
import { end, track, type Exit } from './child-processes.js';
import { until } from './until.js';

const MAIN = 'dist/src/main.js';
const READY = /Runhook is listening on (http:\/\/[^\s"]+)|Runhook worker is ready/;

/** Settings of {@link startServer}. */
export interface ServerOptions {
  databaseUrl?: string;
  /** Added to PATH, HOME and TZ; nothing else of this process's environment reaches the server. */
  env?: Record<string, string>;
  /** Default: the server's own, everything in one process. */
  role?: 'all' | 'api' | 'worker';
  /** Default 0: any free port. */
  port?: number;
  /** An installation to start instead of the built working tree: `main` is the script, in `directory`. */
  installation?: { directory: string; main: string; uid?: number };
}

/** The server under test: the built one as a process of its own, or several as one. */
export interface RunningServer {
  /** `http://127.0.0.1:<port>`; empty for a worker, which only works. */
  url: string;
  /** Whether all of it runs. */
  isUp(): boolean;
  /** All it printed so far. */
  output(): string;
  /** Default SIGTERM. Answers how it ended. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

/** The built server as a process of its own. */
export interface ServerProcess extends RunningServer {
  process: ChildProcess;
}

/** What the environment of every process on a database must have in common, by the database's URL. */
export const sharedSettings = new Map<string, Record<string, string>>();

/**
 * Starts the built server and waits until it says it is ready.
 *
 * @throws with its output when it exits first or is not ready within a minute.
 */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const { directory, main = MAIN, uid } = options.installation ?? {};
  const account = uid === undefined ? {} : { uid, gid: uid };
  const child = track(
    spawn(process.execPath, [main], {
      env: environment(options),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(directory !== undefined && { cwd: directory }),
      ...account,
    }),
  );
  let output = '';
  const capture = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout?.on('data', capture);
  child.stderr?.on('data', capture);
  const url = await whenReady(child, () => output);
  return {
    url,
    process: child,
    isUp: () => !hasEnded(child),
    output: () => output,
    stop: (signal = 'SIGTERM') => end(child, signal),
    kill: async () => void (await end(child, 'SIGKILL')),
  };
}

function environment({ databaseUrl, env, role, port = 0 }: ServerOptions): NodeJS.ProcessEnv {
  const { PATH, HOME, TZ } = process.env;
  const inherited = Object.entries({ PATH, HOME, TZ }).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(inherited),
    PORT: String(port),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl, ...sharedSettings.get(databaseUrl) }),
    ...(role === undefined ? {} : { ROLE: role }),
    ...env,
  };
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function whenReady(child: ChildProcess, output: () => string): Promise<string> {
  try {
    await until(() => hasEnded(child) || READY.test(output()), { timeoutMs: 60_000 });
    const ready = READY.exec(output());
    if (ready && !hasEnded(child)) return ready[1] ?? '';
    throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
  } catch (cause) {
    await end(child, 'SIGKILL');
    throw new Error(`The server did not start. ${(cause as Error).message}\n${output()}`, { cause });
  }
}
