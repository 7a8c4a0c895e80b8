import { Monty, MontyError } from '@pydantic/monty';
import type { CodeResult, JobMessage } from './protocol.js';
import { Printer } from './printer.js';
import { FLOODED } from './problems.js';
import { pythonProblem } from './python-problem.js';
import { toOutput } from './to-output.js';
import { findMissingModule } from './python-modules.js';

/** With more, deep recursion through built-in functions exhausts the interpreter's own stack. */
const RECURSION = 200;
/** Where the code leaves its result; both are there from the start. */
const RESULTS = ['output', 'result'];
const ANSWER = '\noutput if output is not None else result';

/** Runs Python in Monty: a subset of the language, without a host. */
export function runPython({ code, variables, limits }: JobMessage): CodeResult {
  const inputs = variables === null ? {} : (JSON.parse(variables) as Record<string, unknown>);
  const printer = new Printer(limits.maxPrinted);
  let program: Monty | undefined;
  try {
    program = new Monty(code + ANSWER, { inputs: [...Object.keys(inputs), ...RESULTS], scriptName: 'code' });
    if (variables === null) {
      const problem = findMissingModule(code);
      return problem ? { printed: '', problem } : { printed: '', output: 'null' };
    }
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
    if (!(error instanceof MontyError)) throw error;
    const problem = printer.isFlooded ? FLOODED : pythonProblem(error, code, program !== undefined);
    return { printed: printer.text, problem };
  }
}
