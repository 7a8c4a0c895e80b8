import { Injectable } from '@nestjs/common';
import type { Json } from '#libs/json-guard';
import { Database, retryDeadlocks, type Statement, type Tx } from '../../platform/database/index.js';
import { RunEntity } from './run.entity.js';
import type { RunError } from './run.errors.js';
import type { RunEvent } from './run.events.js';
import { RUN_HANDLE, type RunFilter, type RunHandle, selectRuns } from './run-filter.js';
import type { RunStatus } from './run.status.js';
import { LIST_SIGNALS, SIGNAL_STEP } from './sql/signal-step.sql.js';
import { CANCEL_RUNS, RETRY_RUNS } from './sql/change-run.sql.js';
import { REMOVE_OLD_RUNS } from './sql/remove-old-runs.sql.js';

/** Events with the number of the first. */
export interface EventSegment {
  firstSeq: number;
  events: RunEvent[];
}

/** Reads of runs, and the two changes that clients ask for. */
@Injectable()
export class RunRepository {
  constructor(private readonly database: Database) {}

  findRun(organizationId: string, id: string): Promise<RunEntity | null> {
    return this.database.manager
      .createQueryBuilder(RunEntity, 'run')
      .where('run.organizationId = :organizationId and run.id = :id', { organizationId, id })
      .getOne();
  }

  /** The status alone, for those who wait. */
  async findStatus(organizationId: string, id: string): Promise<RunStatus | null> {
    const { rows } = await this.database.run<{ status: RunStatus }>(FIND_STATUS, [organizationId, id]);
    return rows[0]?.status ?? null;
  }

  /** The key that started the run; null: none did, or there is no such run. */
  async findKeyId(organizationId: string, id: string): Promise<string | null> {
    const { rows } = await this.database.run<{ key: string | null }>(FIND_KEY_ID, [organizationId, id]);
    return rows[0]?.key ?? null;
  }

  /** Number of the last event of a run that is over, Infinity for one that is not, null when there is no such run. */
  async findEnd(organizationId: string, id: string): Promise<number | null> {
    const { rows } = await this.database.run<{ end: number | null }>(FIND_END, [organizationId, id]);
    return rows[0] ? (rows[0].end ?? Infinity) : null;
  }

  /** Newest first: ids are UUIDv7, so the primary key is in the order of creation. */
  listRuns(organizationId: string, filter: RunFilter): Promise<RunEntity[]> {
    return selectRuns(this.database.manager, organizationId, filter).getMany();
  }

  /** Runs of which something is to be done, oldest first; without what they were given and returned. */
  findRuns(organizationId: string, filter: RunFilter): Promise<RunHandle[]> {
    return selectRuns(this.database.manager, organizationId, filter)
      .select(RUN_HANDLE.map((column) => `run.${column}`))
      .orderBy('run.id', 'ASC')
      .getMany();
  }

  /** How many runs match, counted up to the filter's limit. */
  async countRuns(organizationId: string, filter: RunFilter): Promise<number> {
    const matching = selectRuns(this.database.manager, organizationId, filter).select('run.id').orderBy();
    const [text, values] = matching.getQueryAndParameters();
    const [row] = await this.database.manager.query<{ count: number }[]>(
      `select count(*)::int as count from (${text}) matching`,
      values,
    );
    return row?.count ?? 0;
  }

  /** All events of a run, in order. */
  async listEvents(organizationId: string, runId: string): Promise<RunEvent[]> {
    return (await this.listSegments(organizationId, runId, 0)).flatMap((segment) => segment.events);
  }

  /** Segments that hold events after number `after`. The first may begin earlier. */
  async listSegments(organizationId: string, runId: string, after: number): Promise<EventSegment[]> {
    const { rows } = await this.database.run<{ last_seq: number; events: RunEvent[] }>(LIST_SEGMENTS, [
      organizationId,
      runId,
      after,
    ]);
    return rows.map(({ last_seq, events }) => ({ firstSeq: last_seq - events.length + 1, events }));
  }

  /** What has been sent to the steps of a run so far, by step id, and the run's count of signals when that was read. */
  async listSignals(organizationId: string, runId: string): Promise<{ count: number; payloads: Map<string, Json> }> {
    const { rows } = await this.database.run<SignalRow>(LIST_SIGNALS, [organizationId, runId]);
    const payloads = rows.flatMap(({ step_id, payload }) => (step_id === null ? [] : [[step_id, payload] as const]));
    return { count: rows[0]?.signals ?? 0, payloads: new Map(payloads) };
  }

  /**
   * Sends something to a parked step. The first signal of a step is the only one.
   * @returns false when there was one before, or the run is over
   */
  async signalStep(organizationId: string, runId: string, stepId: string, payload: Json): Promise<boolean> {
    const values = [organizationId, runId, stepId, JSON.stringify(payload)];
    const { rows } = await this.database.run(SIGNAL_STEP, values);
    return rows.length > 0;
  }

  /** The run that each of some steps started last. */
  async findChildren(organizationId: string, runId: string, stepIds: string[]): Promise<ChildRow[]> {
    return (await this.database.run<ChildRow>(FIND_CHILDREN, [organizationId, runId, stepIds])).rows;
  }

  /** Which run a key stands for and with which fingerprint; null when it is unknown or expired. */
  async findIdempotentRun(organizationId: string, workflowId: string, key: string, tx?: Tx): Promise<KnownKey | null> {
    const [known] = await this.findIdempotentRuns(organizationId, [{ workflowId, key }], tx);
    return known ?? null;
  }

  /** The same for many keys; unknown and expired ones are missing. */
  async findIdempotentRuns(
    organizationId: string,
    asked: readonly { workflowId: string; key: string }[],
    tx?: Tx,
  ): Promise<KnownKey[]> {
    const values = [organizationId, asked.map(({ workflowId }) => workflowId), asked.map(({ key }) => key)];
    const rows = await this.query<KeyRow>(FIND_KEYS, values, tx);
    return rows.map((row) => ({
      workflowId: row.workflow_id,
      key: row.key,
      runId: row.run_id,
      fingerprint: row.fingerprint,
    }));
  }

  /** Removes up to `limit` expired keys of all organizations, for housekeeping. Returns how many. */
  async forgetIdempotencyKeys(limit: number): Promise<number> {
    const { rowCount } = await this.database.run(FORGET_KEYS, [limit]);
    return rowCount ?? 0;
  }

  /**
   * Removes up to `limit` runs that ended before `range.before`, of ids between `after` and `below`, with all that hangs on them.
   * @returns their ids
   */
  async removeOldRuns(
    organizationId: string,
    { before, after, below }: { before: Date; after: string; below: string },
    limit: number,
  ): Promise<string[]> {
    const { rows } = await this.database.run<{ id: string }>(REMOVE_OLD_RUNS, [
      organizationId,
      before,
      after,
      below,
      limit,
    ]);
    return rows.map(({ id }) => id);
  }

  /** Unfinished runs of the organization, and of the whole server; each counted up to `cap`. */
  async countUnfinished(organizationId: string, cap: number): Promise<{ organization: number; server: number }> {
    const { rows } = await this.database.run<{ organization: number; server: number }>(COUNT_UNFINISHED, [
      organizationId,
      cap,
    ]);
    return rows[0] ?? { organization: 0, server: 0 };
  }

  /**
   * Cancels runs and those below them: queued and waiting ones at once, and the workers of running ones are asked to stop.
   * @returns all runs that were touched, with their status after that; finished ones are not
   */
  cancelRuns(organizationId: string, ids: readonly string[], tx?: Tx): Promise<{ id: string; status: RunStatus }[]> {
    if (ids.length === 0) return Promise.resolve([]);
    const cancel = () => this.query<{ id: string; status: RunStatus }>(CANCEL_RUNS, [organizationId, ids], tx);
    // A worker may be writing about several of them at this moment, in another order.
    return tx ? cancel() : retryDeadlocks(cancel);
  }

  /**
   * Opens failed or timed-out runs again.
   * @param asked each with how long it may be queued, in milliseconds, and whether its payloads are sealed; at most 1000
   * @returns the ids of those that were; the rest are in another status, or their payloads have been erased since they were read
   */
  async retryRuns(
    organizationId: string,
    asked: readonly { id: string; sealed: boolean; queueTtlMs: number }[],
  ): Promise<string[]> {
    const column = <Name extends 'id' | 'sealed' | 'queueTtlMs'>(name: Name) => asked.map((run) => run[name]);
    const values = [organizationId, column('id'), column('queueTtlMs'), column('sealed')];
    return (await this.query<{ id: string }>(RETRY_RUNS, values)).map(({ id }) => id);
  }

  /** In the transaction, if there is one. */
  private async query<Row extends object>(statement: Statement, values: unknown[], tx?: Tx): Promise<Row[]> {
    return tx ? tx.query<Row[]>(statement.text, values) : (await this.database.run<Row>(statement, values)).rows;
  }
}

/** What an idempotency key stands for. */
export interface KnownKey {
  workflowId: string;
  key: string;
  runId: string;
  fingerprint: Buffer;
}

interface KeyRow {
  workflow_id: string;
  key: string;
  run_id: string;
  fingerprint: Buffer;
}

/** A run that a step started. */
export interface ChildRow {
  id: string;
  step_id: string;
  status: RunStatus;
  output: Json;
  error: RunError | null;
  sealed: boolean;
}

interface SignalRow {
  signals: number;
  step_id: string | null;
  payload: Json;
}

/** One probe of runs_by_parent a step. */
const FIND_CHILDREN = {
  name: 'find_child_runs',
  text: `
select child.*, step.id as step_id from unnest($3::text[]) as step (id) cross join lateral (
  select id, status, output, error, sealed from runs
  where organization_id = $1 and parent_run_id = $2 and parent_step_id = step.id order by id desc limit 1
) child`,
};

const FIND_STATUS = { name: 'find_run_status', text: 'select status from runs where organization_id = $1 and id = $2' };

const FIND_KEY_ID = {
  name: 'find_run_key',
  text: 'select api_key_id as key from runs where organization_id = $1 and id = $2',
};

const FIND_END = {
  name: 'find_run_end',
  text: `select case when completed_at is not null then last_seq end as end from runs where organization_id = $1 and id = $2`,
};

const LIST_SEGMENTS = {
  name: 'list_run_events',
  text: 'select last_seq, events from run_events where organization_id = $1 and run_id = $2 and last_seq > $3 order by last_seq',
};

/** One probe of idempotency_keys_pkey a key. */
const FIND_KEYS = {
  name: 'find_idempotency_keys',
  text: `
select k.workflow_id, k.key, k.run_id, k.fingerprint
from (select * from unnest($2::uuid[], $3::text[]) as a (workflow_id, key) limit (select 1000)) asked
join idempotency_keys k on k.organization_id = $1 and k.workflow_id = asked.workflow_id and k.key = asked.key
where k.expires_at > now()`,
};

const COUNT_UNFINISHED = {
  name: 'count_unfinished_runs',
  text: `
select
  (select count(*)::int from (select 1 from runs where organization_id = $1 and status = 'queued' limit $2) q) +
  (select count(*)::int from (select 1 from runs where organization_id = $1 and status in ('running', 'waiting') limit $2) h) as organization,
  (select count(*)::int from (select 1 from runs where status = 'queued' limit $2) q) +
  (select count(*)::int from (select 1 from runs where status in ('running', 'waiting') limit $2) h) as server`,
};

const FORGET_KEYS = {
  name: 'forget_idempotency_keys',
  text: `
delete from idempotency_keys where (organization_id, workflow_id, key) in (
  select organization_id, workflow_id, key from idempotency_keys where expires_at < now() order by expires_at limit $1 for update skip locked
)`,
};
