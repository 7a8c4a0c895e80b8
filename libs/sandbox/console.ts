import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import type { Printer } from './printer.js';

const LEVELS = ['log', 'info', 'warn', 'error', 'debug'];
const SHOW = '(value) => { try { return JSON.stringify(value) ?? String(value) } catch { return String(value) } }';

/** Gives the code a `console` that prints. @returns to be called before the context is disposed of */
export function defineConsole(context: QuickJSContext, printer: Printer): () => void {
  const show = context.unwrapResult(context.evalCode(SHOW));
  const console = context.newObject();
  for (const level of LEVELS) {
    const print = context.newFunction(level, (...values) => {
      printer.write(`${values.map((value) => textOf(context, show, value)).join(' ')}\n`);
    });
    context.setProp(console, level, print);
    print.dispose();
  }
  context.setProp(context.global, 'console', console);
  console.dispose();
  return () => show.dispose();
}

function textOf(context: QuickJSContext, show: QuickJSHandle, value: QuickJSHandle): string {
  if (context.typeof(value) === 'string') return context.getString(value);
  const text = context.callFunction(show, context.undefined, value);
  if (text.error) {
    text.error.dispose();
    return '[object]';
  }
  const shown = context.getString(text.value);
  text.value.dispose();
  return shown;
}
