import variant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
  shouldInterruptAfterDeadline,
} from 'quickjs-emscripten-core';
import { defineConsole } from './console.js';
import { javaScriptProblem } from './javascript-problem.js';
import { FLOODED, LATE } from './problems.js';
import type { CodeProblem, CodeResult, JobMessage } from './protocol.js';
import { Printer } from './printer.js';

/** The part of the global that is used here; TypeScript has it in its library for browsers only. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: new (size: { initial: number; maximum: number }) => NonNullable<CustomMemory> };
};
type CustomMemory = NonNullable<Parameters<typeof newVariant>[1]>['wasmMemory'];

const PAGE_BYTES = 64 * 1024;
/** What the interpreter begins with: 16 MiB. */
const INITIAL_PAGES = 256;
const MOST_PAGES = 1024;
/** With more, deep recursion after a deep value aborts the whole module. */
const STACK_BYTES = 256 * 1024;
const JOBS_AT_A_TIME = 50;

type Answer = { output: string } | { problem: CodeProblem };

/** The interpreter. */
export class JavaScript {
  private constructor(
    private module: QuickJSWASMModule,
    private pages: number,
  ) {}

  static async load(): Promise<JavaScript> {
    return new JavaScript(await loadModule(MOST_PAGES), MOST_PAGES);
  }

  /** Runs the code in a fresh context. An exception, and not an answer, means that the interpreter is broken. */
  async run(job: JobMessage): Promise<CodeResult> {
    const pages = Math.min(MOST_PAGES, Math.max(INITIAL_PAGES, Math.floor(job.limits.memoryBytes / PAGE_BYTES)));
    if (pages !== this.pages) [this.module, this.pages] = [await loadModule(pages), pages];
    const deadline = Date.now() + job.limits.timeoutMs;
    const runtime = this.module.newRuntime({ interruptHandler: shouldInterruptAfterDeadline(deadline) });
    runtime.setMaxStackSize(STACK_BYTES);
    const context = runtime.newContext();
    try {
      return runIn(context, job, deadline);
    } finally {
      context.dispose();
      runtime.dispose();
    }
  }
}

/** A memory that cannot grow beyond its bound: QuickJS' own limit does not count large blocks. */
const loadModule = (pages: number): Promise<QuickJSWASMModule> =>
  newQuickJSWASMModuleFromVariant(
    newVariant(variant as unknown as QuickJSSyncVariant, {
      wasmMemory: new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: pages }),
    }),
  );

function runIn(context: QuickJSContext, { code, variables, limits }: JobMessage, deadline: number): CodeResult {
  const printer = new Printer(limits.maxPrinted);
  const problemOf = (error: QuickJSHandle): CodeProblem => {
    const problem = javaScriptProblem(context, error, { code, deadline });
    return printer.isFlooded ? FLOODED : problem;
  };
  const release = defineConsole(context, printer);
  try {
    const names = variables === null ? [] : Object.keys(JSON.parse(variables) as object);
    const program = context.evalCode(wrap(code, names), 'code');
    if (program.error) return { printed: '', problem: problemOf(program.error) };
    if (variables === null) {
      program.value.dispose();
      return { printed: '', output: 'null' };
    }
    const text = context.newString(variables);
    const begun = context.callFunction(program.value, context.undefined, text);
    program.value.dispose();
    text.dispose();
    if (begun.error) return { printed: printer.text, problem: problemOf(begun.error) };
    const answer = settle(context, begun.value, deadline, problemOf);
    begun.value.dispose();
    if ('output' in answer && Buffer.byteLength(answer.output) > limits.maxBytes) {
      const message = `The output is larger than ${limits.maxBytes} bytes`;
      return { printed: printer.text, problem: { reason: 'OUTPUT', message } };
    }
    return { printed: printer.text, ...answer };
  } finally {
    release();
  }
}

/**
 * The code is the body of a function within the one that has the variables, so that it may use their names for its own. It may `return`, or
 * leave its result in `output` or `result`. It begins in the second line.
 */
const wrap = (code: string, names: readonly string[]): string =>
  `(async (__text) => JSON.stringify(await (async ({${names.join(',')}}) => await (async () => {
${code}
;return typeof output !== "undefined" ? output : typeof result !== "undefined" ? result : null;})())(JSON.parse(__text))) ?? "null")`;

/** Runs what is left to do until the code has answered or its time is up. */
function settle(
  context: QuickJSContext,
  promise: QuickJSHandle,
  deadline: number,
  problemOf: (error: QuickJSHandle) => CodeProblem,
): Answer {
  for (;;) {
    const ran = context.runtime.executePendingJobs(JOBS_AT_A_TIME);
    if (ran.error) return { problem: problemOf(ran.error) };
    if (Date.now() > deadline) return { problem: LATE };
    if (ran.value === 0) break;
  }
  const state = context.getPromiseState(promise);
  if (state.type === 'pending')
    return { problem: { reason: 'THROWN', message: 'The code waits for something that never happens' } };
  if (state.type === 'rejected') return { problem: problemOf(state.error) };
  const output = context.getString(state.value);
  state.value.dispose();
  return { output };
}
