import { availableParallelism } from 'node:os';
import { Child } from './child-process.js';
import { ENDED } from './problems.js';
import type { CodeLanguage, CodeLimits, CodeProblem, CodeResult, JobMessage } from './protocol.js';
import { Turns } from './turns.js';

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
  /** Whose code it is: while all children are busy, owners take turns, and none holds all of them for long. */
  owner?: string;
  signal?: AbortSignal | undefined;
}

const DEFAULT_LIMITS: CodeLimits = {
  timeoutMs: 5_000,
  memoryBytes: 64 * 1024 * 1024,
  maxBytes: 1024 * 1024,
  maxPrinted: 64 * 1024,
};
const CHECK_MS = 5_000;
const JOBS_A_CHILD = 500;
const IDLE_MS = 60_000;
/** What an interpreter survives: it told of the code's own mistake, and the next job begins afresh anyway. */
const HARMLESS: readonly CodeProblem['reason'][] = ['SYNTAX', 'UNSUPPORTED', 'THROWN', 'OUTPUT'];

/** A pool of child processes: the first starts with the first job, and those that had nothing to do for a minute end. */
export class Sandbox {
  private readonly turns: Turns;
  private readonly free: Child[] = [];
  /** Replacements that are on their way, and nobody's yet. */
  private readonly spares = new Set<Promise<Child | undefined>>();
  private readonly children = new Set<Child>();
  private readonly idle = new Map<Child, NodeJS.Timeout>();
  private closed = false;

  constructor({ size = Math.min(availableParallelism(), 4) }: SandboxOptions = {}) {
    this.turns = new Turns(size);
  }

  /** Always answers, within the limits and what waiting for a free child takes; never throws for what the code does. */
  async run({ language, code, variables, limits, owner, signal }: CodeJob): Promise<CodeResult> {
    const bounds = { ...DEFAULT_LIMITS, ...limits };
    const text = JSON.stringify(variables);
    if (Buffer.byteLength(text) > bounds.maxBytes) {
      const message = `The values that the code reads are larger than ${bounds.maxBytes} bytes`;
      return { printed: '', problem: { reason: 'INPUT', message } };
    }
    return this.execute({ language, code, variables: text, limits: bounds }, owner, signal);
  }

  /** What is wrong with code before it runs; null when it compiles. */
  async check(language: CodeLanguage, code: string, owner?: string): Promise<CodeProblem | null> {
    const limits = { ...DEFAULT_LIMITS, timeoutMs: CHECK_MS };
    const result = await this.execute({ language, code, variables: null, limits }, owner);
    return 'problem' in result ? result.problem : null;
  }

  /** Ids of the processes that there are. */
  get pids(): number[] {
    return [...this.children].flatMap(({ isAlive, pid }) => (isAlive && pid) || []);
  }

  /** Ends every child; jobs under way answer `CRASHED`. */
  close(): void {
    this.closed = true;
    for (const child of this.children) this.discard(child);
  }

  private async execute(job: JobMessage, owner = '', signal?: AbortSignal): Promise<CodeResult> {
    if (!(await this.turns.begin(owner, signal))) return { printed: '', problem: ENDED };
    try {
      const child = await this.take();
      if (signal?.aborted) {
        this.putBack(child);
        return { printed: '', problem: ENDED };
      }
      const result = await child.ask(job, signal);
      if ('output' in result || HARMLESS.includes(result.problem.reason)) this.putBack(child);
      else this.replace(child);
      return result;
    } catch (error) {
      const message = `No process could be started for the code: ${String(error)}`;
      return { printed: '', problem: { reason: 'CRASHED', message } };
    } finally {
      this.turns.end(owner);
    }
  }

  private async take(): Promise<Child> {
    for (let child = this.free.pop(); child; child = this.free.pop()) {
      clearTimeout(this.idle.get(child));
      if (child.isAlive) return child;
      this.discard(child);
    }
    for (const spare of this.spares) {
      this.spares.delete(spare);
      const child = await spare;
      if (child) return child;
    }
    return this.start();
  }

  private async start(): Promise<Child> {
    if (this.closed) throw new Error('the sandbox is closed');
    const child = await Child.start();
    this.children.add(child);
    if (!this.closed) return child;
    this.discard(child);
    throw new Error('the sandbox is closed');
  }

  private putBack(child: Child): void {
    if (this.closed || child.jobs >= JOBS_A_CHILD) return this.replace(child);
    const timer = setTimeout(() => {
      this.free.splice(this.free.indexOf(child), 1);
      this.discard(child);
    }, IDLE_MS);
    this.idle.set(child, timer.unref());
    this.free.push(child);
  }

  /** The next job finds another one, and need not wait for its start. */
  private replace(child: Child): void {
    this.discard(child);
    if (this.closed) return;
    // Whoever needs one where there is none starts it, and is told why it does not.
    const spare = this.start().catch(() => undefined);
    this.spares.add(spare);
    void spare.then((other) => {
      if (this.spares.delete(spare) && other) this.putBack(other);
    });
  }

  private discard(child: Child): void {
    clearTimeout(this.idle.get(child));
    this.idle.delete(child);
    this.children.delete(child);
    child.kill();
  }
}
