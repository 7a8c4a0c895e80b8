import type { Json } from '#libs/json-guard';
import type { PayloadStore, RunTrigger } from './run.entity.js';
import type { RunError } from './run.errors.js';
import type { RunEvent } from './run.events.js';
import type { RunStatus } from './run.status.js';

/** A run as it enters the ledger: queued, or already finished by a synchronous call. */
export interface NewRun {
  organizationId: string;
  id: string;
  workflowId: string;
  versionId: string;
  workflowVersion: number;
  /** The version need not be the workflow's current one. */
  pinned: boolean;
  /** Runs whatever the workflow's status (test runs); otherwise it must be active. */
  anyStatus: boolean;
  status: RunStatus;
  trigger: RunTrigger;
  priority: number;
  input: Json;
  output: Json;
  error: RunError | null;
  connectionId: string | null;
  apiKeyId: string | null;
  requestId: string | null;
  maxDurationMs: number;
  queueTtlMs: number;
  /** How long a finished run took. */
  elapsedMs: number;
  parentRunId: string | null;
  parentStepId: string | null;
  depth: number;
  replayOf: string | null;
  concurrencyKey: string | null;
  startAt: Date | null;
  expiresAt: Date | null;
  store: PayloadStore;
  idempotencyKey: string | null;
  fingerprint: Buffer | null;
  events: RunEvent[];
}

/** When a run that was inserted began and ended, by the database's clock. */
export interface InsertedRun {
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
}

/** The run as an item of INSERT_RUNS. */
export const toInsertItem = (run: NewRun) => ({
  organization_id: run.organizationId,
  id: run.id,
  workflow_id: run.workflowId,
  version_id: run.versionId,
  workflow_version: run.workflowVersion,
  pinned: run.pinned,
  any_status: run.anyStatus,
  status: run.status,
  trigger: run.trigger,
  priority: run.priority,
  input: run.input,
  output: run.output,
  error: run.error,
  connection_id: run.connectionId,
  api_key_id: run.apiKeyId,
  request_id: run.requestId,
  max_duration_ms: run.maxDurationMs,
  queue_ttl_ms: run.queueTtlMs,
  elapsed_ms: run.elapsedMs,
  parent_run_id: run.parentRunId,
  parent_step_id: run.parentStepId,
  depth: run.depth,
  replay_of: run.replayOf,
  concurrency_key: run.concurrencyKey,
  start_at: run.startAt,
  expires_at: run.expiresAt,
  store: run.store,
  key: run.idempotencyKey,
  fingerprint: run.fingerprint?.toString('hex') ?? null,
  last_seq: run.events.length,
  events: run.events,
});

/** A row of its result. */
export interface InsertRow {
  id: string;
  created_at: Date;
  started_at: Date | null;
  completed_at: Date | null;
}

export const toInsertedRun = (row: InsertRow): InsertedRun => ({
  createdAt: row.created_at,
  startedAt: row.started_at,
  completedAt: row.completed_at,
});
