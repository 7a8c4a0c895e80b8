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
import type { CodeProblem, CodeResult, JobMessage } from './protocol.js';
import { Printer } from './printer.js';

/** The part of the global that is used here; TypeScript has it in its library for browsers only. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: new (size: { initial: number; maximum: number }) => NonNullable<CustomMemory> };
};
type CustomMemory = NonNullable<Parameters<typeof newVariant>[1]>['wasmMemory'];

const PAGE_BYTES = 64 * 1024;
const INITIAL_PAGES = 256;
/** With more, deep recursion after a deep value aborts the whole module. */
const STACK_BYTES = 256 * 1024;
/** A name that a variable of the language may have. */
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const JOBS_AT_A_TIME = 50;

/**
 * The interpreter, in a memory that cannot grow beyond its bound: QuickJS' own limit does not count large blocks. 64 MiB at most, whatever a
 * job asks for.
 */
export const loadJavaScript = (maxBytes: number): Promise<QuickJSWASMModule> =>
  newQuickJSWASMModuleFromVariant(
    newVariant(variant as unknown as QuickJSSyncVariant, {
      wasmMemory: new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: Math.ceil(maxBytes / PAGE_BYTES) }),
    }),
  );

/** Runs JavaScript in a fresh QuickJS context. An exception of the host, and not an answer, means that the module is broken. */
export function runJavaScript(module: QuickJSWASMModule, { code, variables, limits }: JobMessage): CodeResult {
  const deadline = Date.now() + limits.timeoutMs;
  const runtime = module.newRuntime({ interruptHandler: shouldInterruptAfterDeadline(deadline) });
  runtime.setMaxStackSize(STACK_BYTES);
  const context = runtime.newContext();
  const printer = new Printer(limits.maxPrinted);
  try {
    defineConsole(context, printer);
    const values = variables === null ? {} : (JSON.parse(variables) as Record<string, unknown>);
    const names = Object.keys(values).filter((name) => IDENTIFIER.test(name));
    const program = context.evalCode(`(${wrap(code, names)})`, 'code');
    if (program.error) return { printed: '', problem: problemOf(context, program.error, deadline) };
    if (variables === null) {
      program.value.dispose();
      return { printed: '', output: 'null' };
    }
    const text = context.newString(variables);
    const begun = context.callFunction(program.value, context.undefined, text);
    program.value.dispose();
    text.dispose();
    if (begun.error) return { printed: printer.text, problem: problemOf(context, begun.error, deadline) };
    const answer = settle(context, begun.value, deadline, limits.maxBytes);
    begun.value.dispose();
    return { printed: printer.text, ...answer };
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

/** The code is a function's body: it may `return`, or leave its result in `output` or `result`. It begins in the second line. */
const wrap = (
  code: string,
  names: readonly string[],
): string => `async (__text) => JSON.stringify(await (async ({${names.join(',')}}) => {
${code}
;return typeof output !== "undefined" ? output : typeof result !== "undefined" ? result : null;})(JSON.parse(__text))) ?? "null"`;

/** Runs what is left to do until the code has answered or its time is up. */
function settle(context: QuickJSContext, promise: QuickJSHandle, deadline: number, maxBytes: number): Answer {
  for (;;) {
    const ran = context.runtime.executePendingJobs(JOBS_AT_A_TIME);
    if (ran.error) return { problem: problemOf(context, ran.error, deadline) };
    if (Date.now() > deadline) return { problem: late };
    if (ran.value === 0) break;
  }
  const state = context.getPromiseState(promise);
  if (state.type === 'pending')
    return { problem: { reason: 'THROWN', message: 'it waits for something that never happens' } };
  if (state.type === 'rejected') return { problem: problemOf(context, state.error, deadline) };
  const output = context.getString(state.value);
  state.value.dispose();
  if (Buffer.byteLength(output) <= maxBytes) return { output };
  return { problem: { reason: 'OUTPUT', message: `the output is larger than ${maxBytes} bytes` } };
}

type Answer = { output: string } | { problem: CodeProblem };

const late: CodeProblem = { reason: 'TIMEOUT', message: 'it took longer than it may' };

function problemOf(context: QuickJSContext, handle: QuickJSHandle, deadline: number): CodeProblem {
  const error = context.dump(handle) as { name?: string; message?: string; stack?: string } | string | null;
  handle.dispose();
  // With nothing left to allocate there is not even an error.
  if (error === null) return outOfMemory;
  if (typeof error !== 'object') return { reason: 'THROWN', message: String(error) };
  const { name = 'Error', message = '', stack = '' } = error;
  if (message === 'interrupted' || (name === 'InternalError' && Date.now() > deadline)) return late;
  if (message === 'out of memory' || message === 'string too long') return outOfMemory;
  const [, line, column] = /code:(\d+)(?::(\d+))?/.exec(stack) ?? [];
  const place =
    line === undefined
      ? {}
      : { line: Math.max(1, Number(line) - 1), ...(column !== undefined && { column: Number(column) }) };
  return { reason: name === 'SyntaxError' ? 'SYNTAX' : 'THROWN', message: `${name}: ${message}`, ...place };
}

const outOfMemory: CodeProblem = { reason: 'MEMORY', message: 'it needs more memory than it may have' };

function defineConsole(context: QuickJSContext, printer: Printer): void {
  const console = context.newObject();
  for (const level of ['log', 'info', 'warn', 'error', 'debug']) {
    const print = context.newFunction(level, (...values) =>
      printer.write(`${values.map((value) => textOf(context, value)).join(' ')}\n`),
    );
    context.setProp(console, level, print);
    print.dispose();
  }
  context.setProp(context.global, 'console', console);
  console.dispose();
}

function textOf(context: QuickJSContext, value: QuickJSHandle): string {
  const type = context.typeof(value);
  if (type !== 'object') return type === 'string' ? context.getString(value) : String(context.dump(value));
  const stringify = context.unwrapResult(
    context.evalCode('(value) => { try { return JSON.stringify(value) } catch { return String(value) } }'),
  );
  const text = context.callFunction(stringify, context.undefined, value);
  stringify.dispose();
  if (text.error) {
    text.error.dispose();
    return '[object]';
  }
  const shown = context.getString(text.value);
  text.value.dispose();
  return shown;
}
