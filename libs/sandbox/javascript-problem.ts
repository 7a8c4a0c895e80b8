import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import { LATE, OUT_OF_MEMORY } from './problems.js';
import type { CodeProblem } from './protocol.js';

/** What an exception of JavaScript code says; disposes of its handle. */
export function javaScriptProblem(
  context: QuickJSContext,
  handle: QuickJSHandle,
  { code, deadline }: { code: string; deadline: number },
): CodeProblem {
  const error: unknown = context.dump(handle);
  handle.dispose();
  // With nothing left to allocate there is not even an error.
  if (error === null) return OUT_OF_MEMORY;
  if (Date.now() > deadline) return LATE;
  const { name, message, stack } = error as { name?: unknown; message?: unknown; stack?: unknown };
  if (typeof name !== 'string' || typeof message !== 'string') return { reason: 'THROWN', message: textOf(error) };
  if (message === 'interrupted') return LATE;
  if (message === 'out of memory' || message === 'string too long') return OUT_OF_MEMORY;
  const reason = name === 'SyntaxError' ? 'SYNTAX' : 'THROWN';
  return { reason, message: `${name}: ${message}`, ...placeIn(String(stack), code) };
}

/** Anything can be thrown. */
const textOf = (thrown: unknown): string =>
  typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? 'undefined');

/** The first place within the code, which begins in the second line. */
function placeIn(stack: string, code: string): Pick<CodeProblem, 'line' | 'column'> {
  const [, line, column] = /code:(\d+)(?::(\d+))?/.exec(stack) ?? [];
  if (line === undefined) return {};
  const lines = code.split('\n');
  const number = Number(line) - 1;
  // What is missing at the end is noticed behind it.
  if (number > lines.length) return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  return { line: Math.max(1, number), ...(column !== undefined && { column: Number(column) }) };
}
