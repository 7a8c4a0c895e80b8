import { Injectable } from '@nestjs/common';
import type { Json } from '#libs/json-guard';
import { Database, Grouped, type JsonRow, retryDeadlocks, RowLanes, type Tx } from '../../platform/database/index.js';
import type { RunTrigger } from './run.entity.js';
import type { RunError } from './run.errors.js';
import type { RunEvent } from './run.events.js';
import { type InsertedRun, type InsertRow, type NewRun, toInsertedRun, toInsertItem } from './run-row.js';
import type { RunStatus } from './run.status.js';
import { RunPayloads } from './payloads/run-payloads.js';
import { CLAIM_DUE_RUNS, LOCK_CLAIMS } from './sql/claim-due-runs.sql.js';
import { ADMIT_WAITING_RUNS } from './sql/concurrency-key.sql.js';
import { INSERT_RUNS } from './sql/insert-runs.sql.js';
import { END_OVERDUE_RUNS, FIND_STALLED_KEYS, HEARTBEAT, NEXT_DUE } from './sql/sweep.sql.js';
import { WRITE_PROGRESS } from './sql/write-progress.sql.js';

export type { InsertedRun, NewRun } from './run-row.js';

/** A write of the execution that holds `token`. */
export interface ProgressWrite {
  organizationId: string;
  id: string;
  token: string;
  /** As the run is. */
  sealed: boolean;
  /** `running`: only events. `queued`: released for another worker. `waiting`: parked until `wakeAt`. */
  status: RunStatus;
  output: Json;
  error: RunError | null;
  wakeAt: Date | null;
  /** How many signals the execution has seen. */
  signals: number;
  lastSeq: number;
  events: RunEvent[];
}

export interface ClaimedRun {
  organizationId: string;
  id: string;
  workflowId: string;
  versionId: string;
  input: Json;
  connectionId: string | null;
  /** Its payloads are stored encrypted, `input` among them. */
  sealed: boolean;
  attempt: number;
  token: string;
  lastSeq: number;
  /** Until the deadline. */
  remainingMs: number;
  /** How often something outside has sent for it. */
  signals: number;
  parentRunId: string | null;
  depth: number;
  trigger: RunTrigger;
  apiKeyId: string | null;
  /** Started before: its journal must be read. */
  resumed: boolean;
  /** One more crash ends it. */
  lastChance: boolean;
}

interface AdmittedRun {
  run: NewRun;
  admit: (tx: Tx) => Promise<void>;
}

/** Transactions of this process that may wait for each other at one time, so that they do not take all connections. */
const ADMISSIONS_IN_FLIGHT = 4;

/**
 * The hot writes of runs. Concurrent inserts share a statement, and so do concurrent progress writes (group commit), which costs nothing
 * when there is no load; large ones have a lane of their own. Everything else about runs is in the repository.
 */
@Injectable()
export class RunLedger {
  private readonly inserts = new RowLanes<InsertedRun | null>((rows, json) => this.insertAll(rows, json));
  private readonly writes = new RowLanes<boolean>((rows, json) => this.writeAll(rows, json));
  private readonly admissions = new Grouped<AdmittedRun, InsertedRun | null>(
    (asked) => Promise.all(asked.map((one) => this.insertAdmitted(one))),
    { maxBatch: 1, maxInFlight: ADMISSIONS_IN_FLIGHT },
  );

  constructor(
    private readonly database: Database,
    private readonly payloads: RunPayloads,
  ) {}

  /** Null when the run did not go in: its idempotency key is taken, or the workflow's head has changed. */
  async insert(given: NewRun): Promise<InsertedRun | null> {
    const run = given.sealed ? await this.payloads.seal(given) : given;
    return this.inserts.call({ id: run.id, json: JSON.stringify(toInsertItem(run)), key: idempotencyScope(run) });
  }

  /**
   * Up to 1000 runs in one statement of their own, each idempotency key at most once.
   * @returns those that went in, by id
   */
  async insertBatch(runs: readonly NewRun[]): Promise<Map<string, InsertedRun>> {
    if (runs.length === 0) return new Map();
    const sealed = await Promise.all(runs.map((run) => this.payloads.seal(run)));
    const { rows } = await this.database.run<InsertRow>(INSERT_RUNS, [JSON.stringify(sealed.map(toInsertItem))]);
    return new Map(rows.map((row) => [row.id, toInsertedRun(row)]));
  }

  /** {@link insert} as a part of a transaction. */
  async insertWithin(tx: Tx, run: NewRun): Promise<InsertedRun | null> {
    const items = [toInsertItem(await this.payloads.seal(run))];
    const [row] = await tx.query<InsertRow[]>(INSERT_RUNS.text, [JSON.stringify(items)]);
    return row ? toInsertedRun(row) : null;
  }

  /**
   * {@link insert}, in one transaction with what admits the run.
   * @throws what `admit` throws; the run has not gone in then
   */
  insertIf(run: NewRun, admit: (tx: Tx) => Promise<void>): Promise<InsertedRun | null> {
    return this.admissions.call({ run, admit });
  }

  /** False when the run belongs to another attempt by now; nothing was written then. */
  async write(given: ProgressWrite): Promise<boolean> {
    const progress = given.sealed ? await this.payloads.seal(given) : given;
    return this.writes.call({ id: progress.id, json: JSON.stringify(toProgressItem(progress)), key: progress.id });
  }

  /** @param options.lastChance whether one of the runs may be on its last chance */
  async claim(
    limit: number,
    options: { leaseMs: number; concurrency: number; maxCrashes: number; lastChance: boolean },
  ): Promise<ClaimedRun[]> {
    const values = [limit, options.leaseMs, options.concurrency, options.maxCrashes, Number(options.lastChance)];
    return this.database.connection(async (client) => {
      client.on('error', reportedByNextStatement);
      try {
        await client.query(LOCK_CLAIMS);
        const { rows } = await client.query<ClaimRow>({ ...CLAIM_DUE_RUNS, values });
        await client.query('commit');
        return rows.map(toClaimedRun);
      } finally {
        client.off('error', reportedByNextStatement);
      }
    });
  }

  /** Ids of the runs that were ended. */
  async endOverdue(maxCrashes: number): Promise<string[]> {
    const { rows } = await this.database.run<{ id: string }>(END_OVERDUE_RUNS, [maxCrashes]);
    return rows.map((row) => row.id);
  }

  /**
   * Milliseconds until the next run comes due, if that is within `horizonMs`; at most 0 when one is due now. Runs with a concurrency key whose start
   * has come are let start first.
   */
  async nextDueIn(horizonMs: number): Promise<number | null> {
    const { rows } = await this.database.run<{ in_ms: number | null; startable: Json }>(NEXT_DUE, [horizonMs]);
    const { in_ms: inMs = null, startable = null } = rows[0] ?? {};
    if (startable === null) return inMs;
    await this.database.run(ADMIT_WAITING_RUNS, [JSON.stringify(startable)]);
    return 0;
  }

  /** Lets runs start that are in line for a concurrency key which nobody holds, because whoever should have done it died. */
  async admitStalled(): Promise<void> {
    const { rows } = await this.database.run(FIND_STALLED_KEYS, []);
    if (rows.length > 0) await this.database.run(ADMIT_WAITING_RUNS, [JSON.stringify(rows)]);
  }

  /** What is left of the runs held: a run that is missing from the answer is no longer ours. */
  async heartbeat(
    held: { organizationId: string; id: string; token: string }[],
    leaseMs: number,
  ): Promise<Map<string, { cancel: boolean }>> {
    const column = (key: 'organizationId' | 'id' | 'token') => held.map((run) => run[key]);
    const values = [column('organizationId'), column('id'), column('token'), leaseMs];
    const { rows } = await this.database.run<{ id: string; cancel: boolean }>(HEARTBEAT, values);
    return new Map(rows.map((row) => [row.id, { cancel: row.cancel }]));
  }

  private insertAdmitted({ run, admit }: AdmittedRun): Promise<InsertedRun | null> {
    return retryDeadlocks(() =>
      this.database.transaction(async (tx) => {
        const inserted = await this.insertWithin(tx, run);
        if (inserted) await admit(tx);
        return inserted;
      }),
    );
  }

  private async insertAll(runs: JsonRow[], json: string): Promise<(InsertedRun | null)[]> {
    const { rows } = await this.database.run<InsertRow>(INSERT_RUNS, [json]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return runs.map(({ id }) => {
      const row = byId.get(id);
      return row ? toInsertedRun(row) : null;
    });
  }

  private async writeAll(writes: JsonRow[], json: string): Promise<boolean[]> {
    const { rows } = await this.database.run<{ id: string }>(WRITE_PROGRESS, [json]);
    const written = new Set(rows.map((row) => row.id));
    return writes.map(({ id }) => written.has(id));
  }
}

/** A session that is lost between two statements emits that, which would end the process if nobody listened. */
const reportedByNextStatement = (): void => undefined;

const idempotencyScope = (run: NewRun): string | undefined =>
  run.idempotencyKey === null ? undefined : `${run.organizationId} ${run.workflowId} ${run.idempotencyKey}`;

const toProgressItem = (write: ProgressWrite) => ({
  organization_id: write.organizationId,
  id: write.id,
  token: write.token,
  status: write.status,
  output: write.output,
  error: write.error,
  wake_at: write.wakeAt,
  signals: write.signals,
  last_seq: write.lastSeq,
  events: write.events,
});

interface ClaimRow {
  organization_id: string;
  id: string;
  workflow_id: string;
  version_id: string;
  input: Json;
  connection_id: string | null;
  attempt: number;
  sealed: boolean;
  attempt_token: string;
  last_seq: number;
  remaining_ms: number;
  signals: number;
  parent_run_id: string | null;
  depth: number;
  trigger: RunTrigger;
  api_key_id: string | null;
  last_chance: boolean;
}

const toClaimedRun = (row: ClaimRow): ClaimedRun => ({
  organizationId: row.organization_id,
  id: row.id,
  workflowId: row.workflow_id,
  versionId: row.version_id,
  input: row.input,
  connectionId: row.connection_id,
  sealed: row.sealed,
  attempt: row.attempt,
  token: row.attempt_token,
  lastSeq: row.last_seq,
  remainingMs: row.remaining_ms,
  signals: row.signals,
  parentRunId: row.parent_run_id,
  depth: row.depth,
  trigger: row.trigger,
  apiKeyId: row.api_key_id,
  resumed: row.last_seq > 1,
  lastChance: row.last_chance,
});
