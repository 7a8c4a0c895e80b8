import type { PlanOutcome } from '#libs/engine';
import type { Ending } from './run-journal.js';
import type { RunError } from './run.errors.js';
import { type RunEvent, now } from './run.events.js';

/** Why a running execution is told to stop. */
export type StopReason = 'cancelled' | 'deadline' | 'shutdown' | 'lost';

const CANCELLED: RunError = { code: 'CANCELLED', message: 'The run was cancelled.' };
const DEADLINE: RunError = { code: 'TIMEOUT', message: 'The run took longer than its maxDurationMs.' };

/** How a plan ended, or why it could not be executed. */
export type Outcome = PlanOutcome | { status: 'failed'; error: RunError };

/** How an execution leaves its run. */
export function toEnding(outcome: Outcome, reason: StopReason | undefined): Ending {
  const none = { output: null, error: null, wakeAt: null };
  switch (outcome.status) {
    case 'completed':
      return { ...none, status: 'completed', output: outcome.output };
    case 'failed':
      return { ...none, status: 'failed', error: outcome.error };
    case 'waiting':
      return { ...none, status: 'waiting', wakeAt: outcome.until };
    default:
      if (reason === 'cancelled') return { ...none, status: 'cancelled', error: CANCELLED };
      if (reason === 'deadline') return { ...none, status: 'timed_out', error: DEADLINE };
      return { ...none, status: 'queued' };
  }
}

/** The run's own event for an ending; a run released for another worker has none. */
export function endingEvent(ending: Ending): RunEvent | null {
  const at = now();
  switch (ending.status) {
    case 'completed':
      return { type: 'run.completed', at, output: ending.output };
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return {
        type: `run.${ending.status}`,
        at,
        error: ending.error ?? { code: 'INTERNAL', message: 'The run ended.' },
      };
    case 'waiting':
      return { type: 'run.waiting', at, until: ending.wakeAt?.toISOString() ?? null };
    default:
      return null;
  }
}
