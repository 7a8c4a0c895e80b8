import type { BlockOutcome } from '#libs/block-kit';
import { checkJson, JsonGuardError } from '#libs/json-guard';
import type { CodeProblem, CodeResult } from '#libs/sandbox';

const CODES: Record<CodeProblem['reason'], string> = {
  SYNTAX: 'CODE_SYNTAX',
  UNSUPPORTED: 'CODE_UNSUPPORTED',
  THROWN: 'CODE_ERROR',
  TIMEOUT: 'CODE_TIMEOUT',
  MEMORY: 'CODE_MEMORY',
  INPUT: 'CODE_INPUT',
  OUTPUT: 'CODE_OUTPUT',
  CRASHED: 'CODE_CRASHED',
  ABORTED: 'ABORTED',
};
/** How the block ended. */
export function toOutcome(result: CodeResult): BlockOutcome {
  const logs = result.printed === '' ? {} : { logs: result.printed };
  if ('problem' in result) return { ...failed(result.problem), ...logs };
  try {
    return { kind: 'done', output: checkJson(JSON.parse(result.output)), ...logs };
  } catch (error) {
    if (!(error instanceof JsonGuardError)) throw error;
    return { ...failed({ reason: 'OUTPUT', message: `The output cannot be kept. ${error.message}` }), ...logs };
  }
}

function failed(problem: CodeProblem): BlockOutcome & { kind: 'failed' } {
  const { reason } = problem;
  return {
    kind: 'failed',
    error: { code: CODES[reason], message: describe(problem) },
    retryable: reason === 'CRASHED',
  };
}

/** A problem and its place. */
export function describe({ message, line, column }: CodeProblem): string {
  if (line === undefined) return message;
  return `${message} (line ${line}${column === undefined ? '' : `, column ${column}`})`;
}
