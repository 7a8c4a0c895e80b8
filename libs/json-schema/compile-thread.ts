import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Json } from '#libs/json-guard';

import { SchemaError } from './schema-error.js';

const START_LIMIT_MS = 10_000;
const IDLE_MS = 5000;

/** What the thread answers for a schema: null when it compiles. */
export type CompileAnswer = { message: string; path: (string | number)[] } | null;

/**
 * A thread that compiles schemas one after the other. It starts with the first, ends five idle seconds after the last,
 * and never keeps the process alive while it has nothing to do.
 */
export class CompileThread {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private last: Promise<unknown> = Promise.resolve();

  /** @param limitMs for one schema; the thread is killed when it is up */
  constructor(private readonly limitMs = 1000) {}

  /** @throws SchemaError also when the time is up */
  async compile(schema: Json): Promise<void> {
    const turn = this.last.then(() => this.ask(schema));
    this.last = turn.catch(() => undefined);
    const answer = await turn;
    if (answer !== null) throw new SchemaError(answer.message, answer.path);
  }

  private async ask(schema: Json): Promise<CompileAnswer> {
    clearTimeout(this.idle);
    const worker = (this.worker ??= await this.start());
    worker.ref();
    try {
      worker.postMessage(schema, []);
      return await nextMessage<CompileAnswer>(worker, this.limitMs);
    } catch (error) {
      await this.stop();
      if (!(error instanceof Error && error.name === 'AbortError')) throw error;
      return { message: 'The schema takes too long to compile: make it smaller.', path: [] };
    } finally {
      worker.unref();
      this.idle = setTimeout(() => void this.stop(), IDLE_MS).unref();
    }
  }

  private async start(): Promise<Worker> {
    // The sources have no JavaScript: where they run untranslated, the loader beside them translates for the thread.
    const isSource = import.meta.url.endsWith('.ts');
    const worker = new Worker(new URL('./compile-worker.js', import.meta.url), {
      execArgv: isSource ? ['--import', new URL('./source-loader.mjs', import.meta.url).href] : [],
      // As on the main thread, for the same verdict. No limit for the heap: V8 would end the process, not the thread.
      resourceLimits: { stackSizeMb: 1 },
    });
    // Whoever waits is told by `nextMessage`; an error that nobody waits for must not end the process.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    try {
      await nextMessage(worker, START_LIMIT_MS);
    } catch (error) {
      await worker.terminate();
      throw new Error('the compile thread did not start', { cause: error });
    }
    return worker;
  }

  private async stop(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }
}

/** Rejects when the time is up or the worker fails. */
async function nextMessage<T>(worker: Worker, limitMs: number): Promise<T> {
  const late = new AbortController();
  // When this thread was busy itself, an answer that has arrived is read before the immediate runs.
  const timer = setTimeout(() => setImmediate(() => late.abort()), limitMs);
  try {
    const [message] = (await once(worker, 'message', { signal: late.signal })) as [T];
    return message;
  } finally {
    clearTimeout(timer);
  }
}
