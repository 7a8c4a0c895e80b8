import type { CodeProblem, CodeResult } from './protocol.js';

/** Characters of a problem's message that leave the child: code can throw all that its memory holds. */
const LONGEST_MESSAGE = 2_000;

export const OUT_OF_MEMORY: CodeProblem = {
  reason: 'MEMORY',
  message: 'The code needs more memory than it may have (memoryMb)',
};
export const LATE: CodeProblem = { reason: 'TIMEOUT', message: 'The code took longer than it may (timeoutMs)' };
export const FLOODED: CodeProblem = { reason: 'OUTPUT', message: 'The code prints too much' };
/** The signal was aborted. */
export const ENDED: CodeProblem = { reason: 'ABORTED', message: 'The run ended' };

export function shortened(result: CodeResult): CodeResult {
  if (!('problem' in result)) return result;
  const { problem } = result;
  return { ...result, problem: { ...problem, message: problem.message.slice(0, LONGEST_MESSAGE) } };
}
