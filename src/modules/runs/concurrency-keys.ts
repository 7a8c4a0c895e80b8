import { Injectable, Logger } from '@nestjs/common';
import { Database, Grouped, isTransient, retryDeadlocks, type Tx } from '../../platform/database/index.js';
import { type InsertedRun, type NewRun, RunLedger } from './run-ledger.js';
import { RunRepository } from './run.repository.js';
import type { ConcurrencyMode } from './run-request.js';
import {
  ADMIT_WAITING_RUN,
  ADMIT_WAITING_RUNS,
  LOCK_CONCURRENCY_KEY,
  UNFINISHED_OF_KEY,
} from './sql/concurrency-key.sql.js';

/** Runs of a workflow with the same key do not overlap. */
export interface ConcurrencyKey {
  organizationId: string;
  workflowId: string;
  key: string;
}

/** A run that went in, and the runs that it cancelled. */
export interface EnteredRun {
  inserted: InsertedRun;
  cancelled: string[];
}

/** What came of a run with a concurrency key: it went in, another one is unfinished, or (null) it did not, as with {@link RunLedger.insert}. */
export type Entered = EnteredRun | { unfinished: string } | null;

/** Transactions of this process that wait for each other at one time, so that a busy key does not take all connections. */
const IN_FLIGHT = 4;

interface Asked {
  run: NewRun;
  mode: ConcurrencyMode;
}

/**
 * Concurrency keys (docs/adr/0009). Runs with a key enter in line, due never; {@link admit} lets the first one start when nobody holds the key,
 * and the end of a holder lets the next one start by itself.
 */
@Injectable()
export class ConcurrencyKeys {
  private readonly logger = new Logger(ConcurrencyKeys.name);
  private readonly admissions = new Grouped<ConcurrencyKey, void>((keys) => this.admitAll(keys), { maxBatch: 1000 });
  private readonly decisions = new Grouped<Asked, Entered>(
    (asked) => Promise.all(asked.map((one) => this.decide(one))),
    { maxBatch: 1, maxInFlight: IN_FLIGHT },
  );

  constructor(
    private readonly database: Database,
    private readonly ledger: RunLedger,
    private readonly runs: RunRepository,
  ) {}

  /** Inserts a run with a key as its mode says. A run that goes in line, in the mode `queue`, shares its statement with other runs. */
  async enter(run: NewRun, mode: ConcurrencyMode): Promise<Entered> {
    if (mode !== 'queue') return this.decisions.call({ run, mode });
    const inserted = await this.ledger.insert(run);
    return inserted && { inserted, cancelled: [] };
  }

  /** Lets the first run in line of each key start, where nobody holds the key. Never throws: the sweep makes up for what is lost here. */
  async admit(keys: readonly ConcurrencyKey[]): Promise<void> {
    try {
      await Promise.all(keys.map((key) => this.admissions.call(key)));
    } catch (error) {
      if (!isTransient(error)) throw error;
      this.logger.warn(`runs in line are let start by the next sweep: ${String(error)}`);
    }
  }

  private async admitAll(keys: ConcurrencyKey[]): Promise<void[]> {
    const rows = keys.map((key) => ({
      organization_id: key.organizationId,
      workflow_id: key.workflowId,
      key: key.key,
    }));
    const distinct = new Map(rows.map((row) => [Object.values(row).join(' '), row]));
    await this.database.run(ADMIT_WAITING_RUNS, [JSON.stringify([...distinct.values()])]);
    return keys.map(() => undefined);
  }

  private decide({ run, mode }: Asked): Promise<Entered> {
    return retryDeadlocks(() => this.database.transaction((tx) => this.decideIn(tx, run, mode)));
  }

  private async decideIn(tx: Tx, run: NewRun, mode: ConcurrencyMode): Promise<Entered> {
    const scope = [run.organizationId, run.workflowId, run.concurrencyKey];
    await tx.query(LOCK_CONCURRENCY_KEY, scope);
    const { organizationId, workflowId, idempotencyKey } = run;
    if (idempotencyKey !== null) {
      const known = await this.runs.findIdempotentRun(organizationId, workflowId, idempotencyKey, tx);
      if (known) return null;
    }
    const unfinished = (await tx.query<{ id: string }[]>(UNFINISHED_OF_KEY, scope)).map(({ id }) => id);
    if (unfinished[0] !== undefined && mode !== 'cancel_in_progress') return { unfinished: unfinished[0] };
    const inserted = await this.ledger.insertWithin(tx, run);
    if (!inserted) return null;
    const cancelled = await this.runs.cancelRuns(organizationId, unfinished, tx);
    await tx.query(ADMIT_WAITING_RUN, scope);
    return { inserted, cancelled: cancelled.map(({ id }) => id) };
  }
}
