import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Json } from '#libs/json-guard';
import type { PayloadStore } from '../workflows/index.js';
import type { RunError } from './run.errors.js';
import type { RunStatus } from './run.status.js';

/** How a run was started. */
export const RUN_TRIGGERS = ['api', 'test', 'schedule', 'webhook'] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/**
 * A run. This table is also the queue (docs/adr/0002): a run is due when `due_at` has passed, in every status that is not final.
 * The partial indexes hold only unfinished runs, so they stay small however many runs are kept.
 */
@Entity('runs')
@Index('runs_by_workflow', ['workflowId', 'id'])
@Index('runs_queued', { synchronize: false })
@Index('runs_in_hand', { synchronize: false })
@Index('runs_deadline', { synchronize: false })
@Index('runs_cancelling', { synchronize: false })
@Index('runs_sealed', { synchronize: false })
@Check(
  'runs_status_check',
  `"status" in ('queued', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'timed_out')`,
)
@Index('runs_by_parent', { synchronize: false })
@Index('runs_key_holder', { synchronize: false })
@Index('runs_in_line', { synchronize: false })
@Index('runs_unfinished_by_key', { synchronize: false })
@Index('runs_start_later', { synchronize: false })
@Index('runs_unsuccessful', { synchronize: false })
@Index('runs_unsuccessful_by_workflow', { synchronize: false })
@Index('runs_by_trigger', { synchronize: false })
@Check('runs_trigger_check', `"trigger" in ('api', 'test', 'schedule', 'webhook')`)
@Check('runs_store_check', `"store" in ('full', 'metadata', 'none')`)
export class RunEntity {
  @PrimaryColumn('uuid') organizationId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') workflowId: string;
  @Column('uuid') versionId: string;
  @Column('integer') workflowVersion: number;
  @Column('text') status: RunStatus;
  @Column('text') trigger: RunTrigger;
  /** Higher first, within the organization. */
  @Column('smallint', { default: 0 }) priority: number;
  /** `json`, not `jsonb`: text and key order stay as sent, and an escaped NUL in an output cannot fail the write. */
  @Column('json') input: Json;
  @Column('json', { nullable: true }) output: Json;
  @Column('json', { nullable: true }) error: RunError | null;
  @Column('text', { nullable: true }) connectionId: string | null;
  @Column('uuid', { nullable: true }) apiKeyId: string | null;
  @Column('text', { nullable: true }) requestId: string | null;
  /** From 1; a retry adds one. */
  @Column('integer', { default: 1 }) attempt: number;
  /** Leases that died under a worker in this attempt. */
  @Column('integer', { default: 0 }) crashes: number;
  /** Number of the last event; the next is one more. */
  @Column('integer') lastSeq: number;
  /** Fences every write of a worker; set by each claim, null when no worker holds the run. */
  @Column('uuid', { nullable: true }) attemptToken: string | null;
  /**
   * When the next worker may take the run: at once for queued, the wake-up for waiting, the lease's end for running, null when final, and
   * never (`infinity`, which is no Date) while another run holds the concurrency key.
   */
  @Column('timestamptz', { nullable: true }) dueAt: Date | number | null;
  /** When the run ends as timed out: its queue TTL until the first start, its maximum duration from then on. */
  @Column('timestamptz', { nullable: true }) deadlineAt: Date | null;
  @Column('bigint') maxDurationMs: string;
  /** How often something outside has sent for the run: a parked run is due at once when this has grown since its worker last looked. */
  @Column('integer', { default: 0 }) signals: number;
  /** The run and the step in it that started this one and wait for its end. */
  @Column('uuid', { nullable: true }) parentRunId: string | null;
  @Column('text', { nullable: true }) parentStepId: string | null;
  /** How many runs are above this one. */
  @Column('smallint', { default: 0 }) depth: number;
  /** The run that this one repeats. */
  @Column('uuid', { nullable: true }) replayOf: string | null;
  /** Runs of the workflow with the same key do not overlap. */
  @Column('text', { nullable: true }) concurrencyKey: string | null;
  /** Not before; null: at once. */
  @Column('timestamptz', { nullable: true }) startAt: Date | null;
  /** Not after: a run that has not started by then ends as timed out. */
  @Column('timestamptz', { nullable: true }) expiresAt: Date | null;
  @Column('text', { default: 'full' }) store: PayloadStore;
  /** Payloads of the run are stored encrypted, and are to be erased when it is over. */
  @Column('boolean', { default: false }) sealed: boolean;
  @Column('timestamptz', { nullable: true }) cancelRequestedAt: Date | null;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz', { nullable: true }) startedAt: Date | null;
  @Column('timestamptz', { nullable: true }) completedAt: Date | null;
}

/** Consecutive events of a run, written together. The run's events are all its segments in order, numbered from 1 without gaps. */
@Entity('run_events')
@ForeignKey('runs', ['organizationId', 'runId'], ['organizationId', 'id'], {
  name: 'run_events_run_fkey',
  onDelete: 'CASCADE',
})
export class RunEventsEntity {
  @PrimaryColumn('uuid') organizationId: string;
  @PrimaryColumn('uuid') runId: string;
  /** Number of the segment's last event. */
  @PrimaryColumn('integer') lastSeq: number;
  @Column('json') events: Json;
}

/** What was sent to a parked step; at most once a step. */
@Entity('run_signals')
@ForeignKey('runs', ['organizationId', 'runId'], ['organizationId', 'id'], {
  name: 'run_signals_run_fkey',
  onDelete: 'CASCADE',
})
export class RunSignalEntity {
  @PrimaryColumn('uuid') organizationId: string;
  @PrimaryColumn('uuid') runId: string;
  @PrimaryColumn('text') stepId: string;
  @Column('json') payload: Json;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
}

/** Which run an idempotency key stands for, for 24 hours from its first use. */
@Entity('idempotency_keys')
@Index('idempotency_keys_expiry', ['expiresAt'])
export class IdempotencyKeyEntity {
  @PrimaryColumn('uuid') organizationId: string;
  @PrimaryColumn('uuid') workflowId: string;
  @PrimaryColumn('text') key: string;
  /** SHA-256 of the canonical request, to tell a repeat from another use of the key. */
  @Column('bytea') fingerprint: Buffer;
  @Column('uuid') runId: string;
  @Column('timestamptz') expiresAt: Date;
}
