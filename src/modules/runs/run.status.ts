/**
 * The states of a run, stored once and mapped at the edge of each dialect (contracts/decisions §1).
 * `queued`: waits for a worker. `running`: a worker holds its lease. `waiting`: parked until a time or an event. The rest are final.
 */
export const RUN_STATUSES = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'timed_out'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Allowed moves; a trigger on the runs table enforces the finality of terminal states again. */
const MOVES: Record<RunStatus, readonly RunStatus[]> = {
  queued: ['running', 'cancelled', 'timed_out', 'failed'],
  running: ['queued', 'waiting', 'completed', 'failed', 'cancelled', 'timed_out'],
  waiting: ['running', 'cancelled', 'timed_out', 'failed'],
  completed: [],
  failed: ['queued'],
  cancelled: [],
  timed_out: ['queued'],
};

export const canMove = (from: RunStatus, to: RunStatus): boolean => MOVES[from].includes(to);

/** A run in such a state is over. Only a retry opens a failed or timed-out one again, as a new attempt. */
export const isTerminal = (status: RunStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'timed_out';

/** A retry is possible from here. */
export const isRetryable = (status: RunStatus): boolean => isTerminal(status) && canMove(status, 'queued');

/** The native API's word for a status. */
export type NativeRunStatus = 'pending' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled' | 'timed_out';

export const toNativeStatus = (status: RunStatus): NativeRunStatus => (status === 'queued' ? 'pending' : status);

/** The stored status behind a native one, for filters. */
export const fromNativeStatus = (status: NativeRunStatus): RunStatus => (status === 'pending' ? 'queued' : status);
