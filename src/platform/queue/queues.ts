/** Every queue, and what its jobs are. */
export const QUEUES = {
  /** The doorbell: "a run may be due". */
  runs: 'runs',
  /** Housekeeping on a schedule. */
  maintenance: 'maintenance',
} as const;

/**
 * Options of every worker. A crash of a worker is no failure of the job (reliability §0.1), so stalls never fail one; a stalled job is taken
 * up after lockDuration + stalledInterval.
 */
export const WORKER_OPTIONS = { lockDuration: 30_000, stalledInterval: 30_000, maxStalledCount: 1_000 };
