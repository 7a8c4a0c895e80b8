import { Monty, MontyError, MontyRuntimeError, MontySyntaxError } from '@pydantic/monty';
import type { CodeProblem, CodeResult, JobMessage } from './protocol.js';
import { Printer } from './printer.js';
import { toOutput } from './to-output.js';

const RECURSION = 200;
/** Where the code leaves its result; both are there from the start. */
const RESULTS = ['output', 'result'];
const ANSWER = '\noutput if output is not None else result';

/** Runs Python in Monty: a subset of the language, without a host. */
export function runPython({ code, variables, limits }: JobMessage): CodeResult {
  const inputs = variables === null ? {} : (JSON.parse(variables) as Record<string, unknown>);
  const printer = new Printer(limits.maxPrinted);
  try {
    const program = new Monty(code + ANSWER, { inputs: [...Object.keys(inputs), ...RESULTS], scriptName: 'code' });
    if (variables === null) return { printed: '', output: 'null' };
    const value: unknown = program.run({
      inputs: { ...inputs, output: null, result: null },
      limits: {
        maxDurationSecs: limits.timeoutMs / 1000,
        maxMemory: limits.memoryBytes,
        maxRecursionDepth: RECURSION,
      },
      printCallback: (_stream: string, text: string) => printer.write(text),
    });
    return { printed: printer.text, ...toOutput(value, limits.maxBytes) };
  } catch (error) {
    return { printed: printer.text, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): CodeProblem {
  if (!(error instanceof MontyError)) return { reason: 'THROWN', message: String(error) };
  const { typeName, message } = error.exception;
  const text = `${typeName}: ${message}`;
  const frame = error instanceof MontyRuntimeError ? error.traceback().at(-1) : undefined;
  const place = frame ? { line: frame.line, column: frame.column } : placeIn(error);
  return { reason: reasonOf(error, typeName), message: text, ...place };
}

function reasonOf(error: MontyError, typeName: string): CodeProblem['reason'] {
  if (error instanceof MontySyntaxError) return 'SYNTAX';
  if (typeName === 'NotImplementedError') return 'UNSUPPORTED';
  if (typeName === 'TimeoutError') return 'TIMEOUT';
  return typeName === 'MemoryError' ? 'MEMORY' : 'THROWN';
}

/** A syntax error's place stands in its text only. */
function placeIn(error: MontyError): { line?: number; column?: number } {
  const [, line] = /line (\d+)/.exec(String(error)) ?? [];
  return line === undefined ? {} : { line: Number(line) };
}
