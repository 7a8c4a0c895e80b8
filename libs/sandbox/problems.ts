import type { CodeProblem } from './protocol.js';

export const OUT_OF_MEMORY: CodeProblem = {
  reason: 'MEMORY',
  message: 'The code needs more memory than it may have (memoryMb)',
};
export const LATE: CodeProblem = { reason: 'TIMEOUT', message: 'The code took longer than it may (timeoutMs)' };
export const FLOODED: CodeProblem = { reason: 'OUTPUT', message: 'The code prints too much' };
/** The signal was aborted. */
export const ENDED: CodeProblem = { reason: 'ABORTED', message: 'The run ended' };
