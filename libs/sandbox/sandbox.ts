import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { CodeLanguage, CodeLimits, CodeProblem, CodeResult, JobMessage } from './protocol.js';

export interface SandboxOptions {
  /** Children at most. Default: one a processor, four at most. */
  size?: number;
}

/** One piece of code to run. */
export interface CodeJob {
  language: CodeLanguage;
  code: string;
  /** Variables of the code by name, as JSON; at most `maxBytes`. */
  variables: object;
  /** Default: 5 s, 64 MiB, 1 MiB, 64 Ki characters. */
  limits?: Partial<CodeLimits>;
  signal?: AbortSignal | undefined;
}

const DEFAULT_LIMITS: CodeLimits = {
  timeoutMs: 5_000,
  memoryBytes: 64 * 1024 * 1024,
  maxBytes: 1024 * 1024,
  maxPrinted: 64 * 1024,
};
/** After its time the language stops by itself; if it does not, its process is killed this much later. */
const GRACE_MS = 100;
const START_MS = 10_000;
const CHECK_MS = 5_000;
/** A process that holds more is killed, whatever its language thinks. */
const LARGEST_PROCESS = 192 * 1024 * 1024;
const LOOK_MS = 50;
const JOBS_A_CHILD = 100;
const IDLE_MS = 30_000;
const PAGE = 4096;

interface Child {
  process: ChildProcess;
  jobs: number;
  idle?: NodeJS.Timeout;
}

/** A pool of child processes, started when they are needed and ended when they are not. */
export class Sandbox {
  private readonly size: number;
  private readonly free: Child[] = [];
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private closed = false;

  constructor({ size = Math.min(availableParallelism(), 4) }: SandboxOptions = {}) {
    this.size = size;
  }

  /** Always answers within the limits and what waiting for a free child takes; never throws for what the code does. */
  async run({ language, code, variables, limits, signal }: CodeJob): Promise<CodeResult> {
    const bounds = { ...DEFAULT_LIMITS, ...limits };
    const text = JSON.stringify(variables);
    if (Buffer.byteLength(text) > bounds.maxBytes) {
      return {
        printed: '',
        problem: { reason: 'OUTPUT', message: `its variables are larger than ${bounds.maxBytes} bytes` },
      };
    }
    return this.execute({ language, code, variables: text, limits: bounds }, signal);
  }

  /** What is wrong with code before it runs; null when it compiles. */
  async check(language: CodeLanguage, code: string): Promise<CodeProblem | null> {
    const limits = { ...DEFAULT_LIMITS, timeoutMs: CHECK_MS };
    const result = await this.execute({ language, code, variables: null, limits });
    return 'problem' in result ? result.problem : null;
  }

  /** Ends every child; jobs under way answer `CRASHED`. */
  close(): void {
    this.closed = true;
    for (const child of this.free.splice(0)) end(child);
  }

  private async execute(job: JobMessage, signal?: AbortSignal): Promise<CodeResult> {
    await this.turn();
    try {
      const child = this.free.pop() ?? (await start());
      clearTimeout(child.idle);
      const result = await ask(child, job, signal);
      this.giveBack(child, result);
      return result;
    } finally {
      this.busy--;
      this.waiting.shift()?.();
    }
  }

  private async turn(): Promise<void> {
    while (this.busy >= this.size) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy++;
  }

  /** After a failure the interpreter may be in any state: another process takes its place. */
  private giveBack(child: Child, result: CodeResult): void {
    const failed = 'problem' in result && result.problem.reason !== 'SYNTAX' && result.problem.reason !== 'UNSUPPORTED';
    if (failed || this.closed || ++child.jobs >= JOBS_A_CHILD) return end(child);
    child.process.unref();
    child.process.channel?.unref();
    child.idle = setTimeout(() => {
      const index = this.free.indexOf(child);
      if (index >= 0) this.free.splice(index, 1);
      end(child);
    }, IDLE_MS).unref();
    this.free.push(child);
  }
}

/** Nothing of this process's environment, files or handles reaches it. */
async function start(): Promise<Child> {
  const isSource = import.meta.url.endsWith('.ts');
  const loader = new URL('../json-schema/source-loader.mjs', import.meta.url).href;
  const child = fork(new URL('./child.js', import.meta.url), {
    env: {},
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--max-old-space-size=64', ...(isSource ? ['--import', loader] : [])],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('error', reject);
      child.once('exit', () => reject(new Error('a sandbox process did not start')));
    });
  } finally {
    clearTimeout(timer);
    child.removeAllListeners();
  }
  child.on('error', () => undefined);
  return { process: child, jobs: 0 };
}

function end({ process: child, idle }: Child): void {
  clearTimeout(idle);
  child.kill('SIGKILL');
}

/** One job: its answer, or why there is none. */
function ask(child: Child, job: JobMessage, signal?: AbortSignal): Promise<CodeResult> {
  const { process: worker } = child;
  worker.ref();
  worker.channel?.ref();
  return new Promise((resolve) => {
    const finish = (result: CodeResult): void => {
      clearTimeout(deadline);
      clearInterval(watch);
      worker.off('message', answered).off('exit', exited);
      signal?.removeEventListener('abort', aborted);
      resolve(result);
    };
    const stop = (problem: CodeProblem): void => {
      end(child);
      finish({ printed: '', problem });
    };
    const answered = (result: unknown): void => finish(result as CodeResult);
    const exited = (): void => finish({ printed: '', problem: { reason: 'CRASHED', message: 'its process ended' } });
    const aborted = (): void => stop({ reason: 'CRASHED', message: 'the run ended' });
    const deadline = setTimeout(
      () => stop({ reason: 'TIMEOUT', message: `it took longer than ${job.limits.timeoutMs} ms` }),
      job.limits.timeoutMs + GRACE_MS,
    );
    const watch = setInterval(() => {
      if (residentBytes(worker.pid) > LARGEST_PROCESS)
        stop({ reason: 'MEMORY', message: 'it needs more memory than it may have' });
    }, LOOK_MS);
    worker.on('message', answered).on('exit', exited);
    signal?.addEventListener('abort', aborted, { once: true });
    if (signal?.aborted) aborted();
    else worker.send(job);
  });
}

/** Linux tells; elsewhere the language's own bound has to do. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE;
  } catch {
    return 0;
  }
}
