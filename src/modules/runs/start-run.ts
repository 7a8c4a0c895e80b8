import { Injectable, Logger } from '@nestjs/common';
import type { Progress } from '#libs/engine';
import { faultPoint } from '../../platform/faults/index.js';
import { unavailable } from '../../platform/errors/index.js';
import type { WorkflowHead } from '../workflows/index.js';
import { Backlog } from './backlog.js';
import { ConcurrencyKeys, type Entered, type EnteredRun } from './concurrency-keys.js';
import type { RunView } from './dto/run.dto.js';
import { erasedRun, executeOnTheSpot, finishedRun } from './execute-on-the-spot.js';
import { isDeferred, newRun } from './new-run.js';
import { concurrencyConflict } from './run.errors.js';
import { type InsertedRun, type NewRun, RunLedger } from './run-ledger.js';
import { type PlannedRun, RunPlanner } from './run-planner.js';
import { fingerprintOf, type Starter, type StartRequest } from './run-request.js';
import { WakeUps } from './wake-ups.js';

/** A run that was started, or the one that a key of the request stands for. */
export type StartedRun =
  | { runId: string; replayed: true; by: 'idempotencyKey' | 'concurrencyKey' }
  | {
      runId: string;
      replayed: false;
      head: WorkflowHead;
      /** The finished run and its steps, when it was executed on the spot. */
      finished?: { run: RunView; progress: Progress };
    };

/**
 * Starts runs. An accepted run is one committed statement: nothing accepted is ever lost, and the bell that follows only saves time.
 * A pure workflow whose caller waits is executed first and inserted finished.
 */
@Injectable()
export class StartRun {
  private readonly logger = new Logger(StartRun.name);

  constructor(
    private readonly planner: RunPlanner,
    private readonly ledger: RunLedger,
    private readonly keys: ConcurrencyKeys,
    private readonly backlog: Backlog,
    private readonly wake: WakeUps,
  ) {}

  /** Everything that is checked before a run is started, as of now. */
  plan(caller: Starter, request: StartRequest): Promise<PlannedRun> {
    return this.planner.plan(caller, request);
  }

  /**
   * @throws DomainError NOT_FOUND, INVALID_STATUS, VALIDATION_ERROR, IDEMPOTENCY_MISMATCH, CONCURRENCY_CONFLICT, BACKLOG_FULL,
   * SERVER_BACKLOG_FULL, and whatever the request's `admit` throws
   */
  async execute(caller: Starter, request: StartRequest): Promise<StartedRun> {
    const print = request.idempotencyKey === null ? null : fingerprintOf(request);
    // Two rounds settle any single change of the head or the key in between; more are a storm of changes.
    for (let round = 0; round < 5; round++) {
      const planned = await this.planner.planOrReplay(caller, request, print);
      if ('replay' in planned) return { runId: planned.replay, replayed: true, by: 'idempotencyKey' };
      const { head } = planned;
      const run = newRun(caller, request, planned, print);
      const onTheSpot = request.awaited && head.compiled.plan.effect === 'pure' && !isDeferred(run);
      const progress = onTheSpot ? await this.executeOnTheSpot(run, planned) : null;
      if (!progress) await this.backlog.assertRoom(caller);
      const { privacy } = head.compiled;
      const entered = await this.enter(progress && privacy ? erasedRun(run, privacy) : run, request);
      if (entered && 'inserted' in entered) return this.started(run, head, entered, progress);
      if (entered) return existing(entered.unfinished, request);
      const replay = await this.planner.findReplay(caller, request, print);
      if (replay !== null) return { runId: replay, replayed: true, by: 'idempotencyKey' };
      await this.planner.refresh(caller, request.workflowId);
    }
    throw unavailable('The workflow is being changed at this moment; try again', { retryAfter: 1 });
  }

  /** The run that the request's idempotency key stands for; null when it is new. */
  async findReplay(caller: Starter, request: StartRequest): Promise<StartedRun | null> {
    const print = request.idempotencyKey === null ? null : fingerprintOf(request);
    const runId = await this.planner.findReplay(caller, request, print);
    return runId === null ? null : { runId, replayed: true, by: 'idempotencyKey' };
  }

  private async enter(run: NewRun, { options, admit }: StartRequest): Promise<Entered> {
    if (admit) return enteredAlone(await this.ledger.insertIf(run, admit));
    if (run.concurrencyKey !== null) return this.keys.enter(run, options?.concurrencyMode ?? 'queue');
    return enteredAlone(await this.ledger.insert(run));
  }

  private async started(
    run: NewRun,
    head: WorkflowHead,
    { inserted, cancelled }: EnteredRun,
    progress: Progress | null,
  ): Promise<StartedRun> {
    const started = { runId: run.id, replayed: false as const, head };
    if (progress) return { ...started, finished: finishedRun(run, head.compiled, inserted, progress) };
    faultPoint('after_insert');
    for (const id of cancelled) this.wake.cancelled(id);
    await this.wake.started([run]);
    return started;
  }

  private executeOnTheSpot(run: NewRun, planned: PlannedRun): Promise<Progress> {
    return executeOnTheSpot(run, planned, (error, stepId) =>
      this.logger.error({ msg: 'block threw', runId: run.id, stepId, err: error }),
    );
  }
}

const enteredAlone = (inserted: InsertedRun | null): Entered => inserted && { inserted, cancelled: [] };

/** What an unfinished run of the same concurrency key means for a request. */
export function existing(runId: string, { options }: StartRequest): StartedRun {
  if (options?.concurrencyMode === 'use_existing') return { runId, replayed: true, by: 'concurrencyKey' };
  throw concurrencyConflict(
    `Another run with the concurrencyKey "${options?.concurrencyKey ?? ''}" is unfinished; wait for it to end or cancel it`,
  );
}
