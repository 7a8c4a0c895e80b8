/** Every queue, and what its jobs are. */
export const QUEUES = {
  /** The doorbell: "a run may be due". */
  runs: 'runs',
  /** "A workflow's schedule may be due". */
  schedules: 'schedules',
  /** Housekeeping on a schedule. */
  maintenance: 'maintenance',
} as const;

/** Options of every job. Never `{ count }`: on PostgreSQL that deadlocks and runs jobs twice. */
export const JOB_OPTIONS = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

/**
 * Options of every worker. A crash of a worker is no failure of the job (reliability §0.1), so stalls never fail one; a stalled job is taken
 * up after lockDuration + stalledInterval. An idle worker looks every 13 s, less than the socket time-out of the queue module; a job that
 * comes meanwhile is announced to it.
 */
export const WORKER_OPTIONS = {
  lockDuration: 30_000,
  stalledInterval: 120_000,
  maxStalledCount: 1_000,
  drainDelay: 13,
  maximumBlockTimeout: 13,
};
