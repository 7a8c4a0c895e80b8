import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ENDED, LATE, OUT_OF_MEMORY } from './problems.js';
import type { CodeProblem, CodeResult, JobMessage } from './protocol.js';

/** After its time the language stops by itself; if it does not, its process is killed this much later. */
const GRACE_MS = 150;
const START_MS = 10_000;
const IS_SOURCE = import.meta.url.endsWith('.ts');
/** A process that holds more is killed, whatever its language thinks. Where it translates its own source, that takes some too. */
const MOST_KIBIBYTES = (IS_SOURCE ? 512 : 192) * 1024;
const LOOK_MS = 50;

/** A process that runs one job at a time. While it has nothing to do it does not keep this process alive. */
export class Child {
  /** Jobs it has run. */
  jobs = 0;

  private constructor(private readonly process: ChildProcess) {}

  /** Nothing of this process's environment, files or handles reaches it. Rejects where it does not start. */
  static async start(): Promise<Child> {
    const process = fork(new URL('./child.js', import.meta.url), {
      env: {},
      cwd: '/',
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: childFlags(),
    });
    const child = new Child(process);
    const timer = setTimeout(() => child.kill(), START_MS);
    try {
      await new Promise<unknown>((resolve, reject) => {
        process.once('message', resolve).once('error', reject);
        process.once('exit', () => reject(new Error('it ended at once')));
      });
    } finally {
      clearTimeout(timer);
    }
    process.on('error', () => undefined);
    child.rest();
    return child;
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get isAlive(): boolean {
    return this.process.connected && this.process.exitCode === null && this.process.signalCode === null;
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }

  /** One job: its answer, or why there is none; in that case the process is gone. */
  async ask(job: JobMessage, signal?: AbortSignal): Promise<CodeResult> {
    this.jobs++;
    this.process.ref();
    this.process.channel?.ref();
    try {
      return await this.answer(job, signal);
    } finally {
      this.rest();
    }
  }

  private rest(): void {
    this.process.unref();
    this.process.channel?.unref();
  }

  private answer(job: JobMessage, signal?: AbortSignal): Promise<CodeResult> {
    const { process } = this;
    return new Promise((resolve) => {
      const finish = (result: CodeResult): void => {
        clearTimeout(deadline);
        clearInterval(watch);
        process.off('message', answered).off('exit', exited);
        signal?.removeEventListener('abort', aborted);
        resolve(result);
      };
      const stop = (problem: CodeProblem): void => {
        this.kill();
        finish({ printed: '', problem });
      };
      const answered = (result: unknown): void => finish(result as CodeResult);
      const exited = (): void => stop({ reason: 'CRASHED', message: 'The process that ran the code ended' });
      const aborted = (): void => stop(ENDED);
      const deadline = setTimeout(
        // When this process was busy itself, an answer that has arrived is read before the immediate runs.
        () => setImmediate(() => stop(LATE)),
        job.limits.timeoutMs + GRACE_MS,
      );
      const watch = setInterval(() => {
        if (residentKibibytes(this.pid) > MOST_KIBIBYTES) stop(OUT_OF_MEMORY);
      }, LOOK_MS);
      process.on('message', answered).on('exit', exited);
      signal?.addEventListener('abort', aborted, { once: true });
      process.send(job, (error) => error && exited());
    });
  }
}

/**
 * It may read its own program and nothing else, write nothing, start no process, and make no code of texts outside the interpreters. Threads
 * are allowed for the one that ends it when its parent has died.
 */
export function childFlags(): string[] {
  const require = createRequire(import.meta.url);
  const root = require.resolve('quickjs-emscripten-core').replace(/node_modules[/\\].*$/, '');
  const own = fileURLToPath(new URL('./', import.meta.url));
  const loader = new URL('../json-schema/source-loader.mjs', import.meta.url);
  const readable = [own, `${root}node_modules/`, `${root}package.json`, ...(IS_SOURCE ? [fileURLToPath(loader)] : [])];
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  return [
    permission,
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--allow-addons',
    '--allow-worker',
    '--disallow-code-generation-from-strings',
    '--max-old-space-size=64',
    '--max-semi-space-size=4',
    ...(IS_SOURCE ? ['--import', loader.href] : []),
  ];
}

/** Linux tells; elsewhere the language's own bound has to do. */
function residentKibibytes(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}
