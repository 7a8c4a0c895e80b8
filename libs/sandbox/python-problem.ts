import { type MontyError, MontyRuntimeError } from '@pydantic/monty';
import { LATE, OUT_OF_MEMORY } from './problems.js';
import type { CodeProblem } from './protocol.js';

type Place = Pick<CodeProblem, 'line' | 'column'>;

/** What would need a host, as the interpreter puts it. */
const OF_A_HOST = /^OS function '(.+?)' not implemented/;
/** In front of every line of the code that a traceback shows. */
const INDENT = 4;

/** What an error of Python code says. @param runs the code compiles */
export function pythonProblem(error: MontyError, code: string, runs: boolean): CodeProblem {
  const { typeName, message } = error.exception;
  if (typeName === 'TimeoutError' && message.startsWith('time limit exceeded')) return LATE;
  if (typeName === 'MemoryError') return OUT_OF_MEMORY;
  const place = within(code, error instanceof MontyRuntimeError ? frameOf(error) : placeIn(error, code));
  const missing = OF_A_HOST.exec(message)?.[1];
  if (missing !== undefined) {
    const text = `There is no ${missing}: code has no files, network, environment or clock`;
    return { reason: 'UNSUPPORTED', message: text, ...place };
  }
  const lacks = typeName === 'ModuleNotFoundError' || (!runs && typeName === 'NotImplementedError');
  const reason = lacks ? 'UNSUPPORTED' : !runs && typeName === 'SyntaxError' ? 'SYNTAX' : 'THROWN';
  return { reason, message: `${typeName}: ${message}`, ...place };
}

function frameOf(error: MontyRuntimeError): Place {
  const frame = error.traceback().at(-1);
  return frame ? { line: frame.line, column: frame.column } : {};
}

/** A syntax error tells its place only where it is displayed: the line's number, the line without its indentation, and a mark below. */
function placeIn(error: MontyError, code: string): Place {
  const shown = (error.display as (format: string) => string).call(error, 'traceback');
  const [, number, mark] = /, line (\d+)\n(?: {4}.*\n( +)~)?/.exec(shown) ?? [];
  if (number === undefined) return {};
  const line = code.split('\n')[Number(number) - 1] ?? '';
  // Without a mark it is the end of the line.
  const column = mark === undefined ? line.length : line.length - line.trimStart().length + mark.length - INDENT;
  return { line: Number(number), column: column + 1 };
}

/** What is missing at the end is noticed behind it, in the line that asks for the result. */
function within(code: string, place: Place): Place {
  const lines = code.split('\n');
  if (place.line === undefined || place.line <= lines.length) return place;
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
