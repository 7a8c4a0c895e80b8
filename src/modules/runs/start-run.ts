import { Injectable, Logger } from '@nestjs/common';
import { fingerprint, type JsonObject } from '#libs/json-guard';
import { newId } from '#libs/ids';
import { applyEvent, emptyProgress, executePlan, type Progress, type StepEvent } from '#libs/engine';
import { faultPoint } from '../../platform/faults/index.js';
import { unavailable, validationError } from '../../platform/errors/index.js';
import { assertBoundTo, type Caller } from '../auth/index.js';
import {
  checkOutput,
  PlanCache,
  type Privacy,
  type WorkflowHead,
  workflowNotActive,
  workflowNotFound,
} from '../workflows/index.js';
import { Backlog } from './backlog.js';
import type { RunView } from './dto/run.dto.js';
import { erased, shown } from './payloads/shown-payloads.js';
import { endingEvent, toEnding } from './run-ending.js';
import { Doorbell } from './jobs/doorbell.js';
import type { RunTrigger } from './run.entity.js';
import { idempotencyMismatch } from './run.errors.js';
import { now, type RunEvent } from './run.events.js';
import { type InsertedRun, type NewRun, RunLedger } from './run-ledger.js';
import { RunRepository } from './run.repository.js';

/** In whose name a run starts: a request's caller, a schedule, another run. */
export type Starter = Pick<Caller, 'organizationId' | 'workflowIds' | 'organization'> & { keyId: string | null };

/** The step of another run that a run is started for. */
export interface ParentStep {
  runId: string;
  stepId: string;
  /** Of the new run. */
  depth: number;
  /** What the parent has left of its time: the new run gets no more. */
  remainingMs: number;
}

export interface StartRequest {
  workflowId: string;
  input: JsonObject;
  connectionId: string | null;
  idempotencyKey: string | null;
  trigger: RunTrigger;
  requestId: string | null;
  parent?: ParentStep;
  /** Not before; absent: at once. The time of a schedule. */
  startAt?: Date;
  /** The caller waits for the result: a pure workflow is then executed on the spot. */
  awaited: boolean;
}

/** A run that was started, or the one that the idempotency key stands for. */
export type StartedRun =
  | { runId: string; replayed: true }
  | {
      runId: string;
      replayed: false;
      head: WorkflowHead;
      /** The finished run and its steps, when it was executed on the spot. */
      finished?: { run: RunView; progress: Progress };
    };

type PlanRequest = Pick<StartRequest, 'workflowId' | 'input' | 'trigger'>;

/** What a run of this request would do. */
export interface PlannedRun {
  head: WorkflowHead;
  input: JsonObject;
}

/**
 * Starts runs. An accepted run is one committed statement: nothing accepted is ever lost, and the bell that follows only saves time.
 * A pure workflow whose caller waits is executed first and inserted finished.
 */
@Injectable()
export class StartRun {
  private readonly logger = new Logger(StartRun.name);

  constructor(
    private readonly plans: PlanCache,
    private readonly ledger: RunLedger,
    private readonly runs: RunRepository,
    private readonly backlog: Backlog,
    private readonly doorbell: Doorbell,
  ) {}

  /** Everything that is checked before a run is started, as of now: a dry run has no write that would check it again. */
  async plan(caller: Starter, request: PlanRequest): Promise<PlannedRun> {
    assertBoundTo(caller, request.workflowId);
    const head = await this.plans.findFreshHead(caller.organizationId, request.workflowId);
    if (!head) throw workflowNotFound();
    const verdict = check(head, request);
    if ('input' in verdict) return verdict;
    throw verdict.error;
  }

  /** The same on a cached head where that says yes; the insert checks it. */
  private async planFast(caller: Starter, request: PlanRequest): Promise<PlannedRun> {
    assertBoundTo(caller, request.workflowId);
    const head = await this.plans.findHead(caller.organizationId, request.workflowId);
    const verdict = head && check(head, request);
    return verdict && 'input' in verdict ? verdict : this.plan(caller, request);
  }

  /** @throws DomainError NOT_FOUND, INVALID_STATUS, VALIDATION_ERROR, IDEMPOTENCY_MISMATCH, BACKLOG_FULL, SERVER_BACKLOG_FULL */
  async execute(caller: Starter, request: StartRequest): Promise<StartedRun> {
    const print = request.idempotencyKey === null ? null : fingerprintOf(request);
    // Two rounds settle any single change of the head or the key in between; more are a storm of changes.
    for (let round = 0; round < 5; round++) {
      const planned = await this.planOrReplay(caller, request, print);
      if ('replay' in planned) return { runId: planned.replay, replayed: true };
      const { head, input } = planned;
      const onTheSpot = request.awaited && head.compiled.plan.effect === 'pure';
      const run = newRun(caller, request, head, input, print);
      const progress = emptyProgress();
      if (onTheSpot) await this.runOnTheSpot(run, head, progress);
      else await this.backlog.assertRoom(caller);
      const { privacy } = head.compiled;
      const inserted = await this.ledger.insert(onTheSpot && privacy ? erasedRun(run, privacy) : run);
      if (inserted) return this.started(run, head, inserted, onTheSpot ? progress : null);
      const replay = await this.findReplay(caller, request, print);
      if (replay !== null) return { runId: replay, replayed: true };
      await this.plans.findFreshHead(caller.organizationId, request.workflowId);
    }
    throw unavailable('The workflow is being changed at this moment; try again', { retryAfter: 1 });
  }

  private started(run: NewRun, head: WorkflowHead, inserted: InsertedRun, progress: Progress | null): StartedRun {
    const started = { runId: run.id, replayed: false as const, head };
    if (progress) return { ...started, finished: finishedRun(run, head, inserted, progress) };
    faultPoint('after_insert');
    this.doorbell.ring();
    return started;
  }

  /** A used key is answered with its run also when the workflow would not run today. */
  private async planOrReplay(
    caller: Starter,
    request: StartRequest,
    print: Buffer | null,
  ): Promise<PlannedRun | { replay: string }> {
    try {
      return await this.planFast(caller, request);
    } catch (error) {
      const replay = await this.findReplay(caller, request, print);
      if (replay !== null) return { replay };
      throw error;
    }
  }

  /** Which run the request's key stands for by now, if any. */
  private async findReplay(caller: Starter, request: StartRequest, print: Buffer | null): Promise<string | null> {
    if (request.idempotencyKey === null || !print) return null;
    const { workflowId, idempotencyKey } = request;
    const known = await this.runs.findIdempotentRun(caller.organizationId, workflowId, idempotencyKey);
    if (!known) return null;
    if (known.fingerprint.equals(print)) return known.runId;
    throw idempotencyMismatch(
      'This idempotency key was used for a different request; use a new key or send the same request',
    );
  }

  /** Executes a pure plan in memory and fills in how the run ended. Bounded by the limits of its templates. */
  private async runOnTheSpot(run: NewRun, head: WorkflowHead, progress: Progress): Promise<void> {
    const begun = performance.now();
    run.events.push({ type: 'run.started', at: now(), attempt: 1 });
    const outcome = await executePlan({
      plan: head.compiled.plan,
      organizationId: run.organizationId,
      runId: run.id,
      connectionId: run.connectionId,
      input: run.input,
      progress,
      journal: { record: (event: StepEvent) => void run.events.push(event), commit: () => Promise.resolve() },
      signal: AbortSignal.timeout(run.maxDurationMs),
      onBug: (error, stepId) => this.logger.error({ msg: 'block threw', runId: run.id, stepId, err: error }),
    });
    const ending = toEnding(outcome.status === 'completed' ? checkOutput(head.compiled, outcome) : outcome, 'deadline');
    const event = endingEvent(ending);
    if (event) run.events.push(event);
    Object.assign(run, { status: ending.status, output: ending.output, error: ending.error });
    run.elapsedMs = Math.round(performance.now() - begun);
  }
}

/** The checks that depend on the head alone: an error, or what would run. */
function check(head: WorkflowHead, request: Pick<StartRequest, 'input' | 'trigger'>): PlannedRun | { error: Error } {
  const runnable = request.trigger === 'test' ? head.status !== 'archived' : head.status === 'active';
  if (!runnable) return { error: workflowNotActive(head.status) };
  if (!head.compiled.input) return { head, input: request.input };
  const result = head.compiled.input.validate(request.input);
  if (!result.ok) return { error: validationError('Input validation failed', { details: result.issues }) };
  return { head, input: result.value as JsonObject };
}

function newRun(
  caller: Starter,
  request: StartRequest,
  head: WorkflowHead,
  input: JsonObject,
  print: Buffer | null,
): NewRun {
  const { settings, privacy } = head.compiled;
  const events: RunEvent[] = [{ type: 'run.queued', at: now() }];
  return {
    organizationId: caller.organizationId,
    id: newId(),
    workflowId: head.id,
    versionId: head.versionId,
    workflowVersion: head.version,
    anyStatus: request.trigger === 'test',
    status: 'queued',
    trigger: request.trigger,
    priority: 0,
    input,
    output: null,
    error: null,
    connectionId: request.connectionId,
    apiKeyId: caller.keyId,
    requestId: request.requestId,
    maxDurationMs: Math.min(settings.maxDurationMs, request.parent?.remainingMs ?? Infinity),
    queueTtlMs: settings.queueTtlMs,
    elapsedMs: 0,
    parentRunId: request.parent?.runId ?? null,
    parentStepId: request.parent?.stepId ?? null,
    depth: request.parent?.depth ?? 0,
    replayOf: null,
    concurrencyKey: null,
    startAt: request.startAt ?? null,
    expiresAt: null,
    store: privacy?.store ?? 'full',
    sealed: privacy !== null,
    idempotencyKey: request.idempotencyKey,
    fingerprint: print,
    events,
  };
}

/** A run on the spot needs no payload after its end: what is erased later of others is never written of it. */
const erasedRun = (run: NewRun, privacy: Privacy): NewRun => ({ ...run, ...erased(run, privacy), sealed: false });

/** As its caller is shown it. */
function finishedRun(
  run: NewRun,
  { compiled: { privacy } }: WorkflowHead,
  inserted: InsertedRun,
  progress: Progress,
): { run: RunView; progress: Progress } {
  const view = { ...run, ...inserted, attempt: 1 };
  if (!privacy) return { run: view, progress };
  const { events, ...values } = shown(run, privacy);
  const seen = emptyProgress();
  for (const event of events) applyEvent(seen, event);
  return { run: { ...view, ...values }, progress: seen };
}

/** What makes two requests the same (reliability D3). */
const fingerprintOf = (request: StartRequest): Buffer =>
  fingerprint({ input: request.input, connectionId: request.connectionId, trigger: request.trigger });
