import { Injectable, Logger } from '@nestjs/common';
import { LeaseLost, type PlanOutcome, type Progress, applyEvent, emptyProgress, executePlan } from '#libs/engine';
import { DomainError } from '../../platform/errors/index.js';
import { Settings } from '../../platform/config/index.js';
import { Signals } from '../../platform/signals/index.js';
import { faultPoint } from '../../platform/faults/index.js';
import { type CompiledWorkflow, PlanCache, checkOutput } from '../workflows/index.js';
import { type Ending, RunJournal } from './run-journal.js';
import { type RunError } from './run.errors.js';
import { type RunEvent, now } from './run.events.js';
import { type ClaimedRun, RunLedger } from './run-ledger.js';
import { RunRepository } from './run.repository.js';

/** Why a running execution is told to stop. */
export type StopReason = 'cancelled' | 'deadline' | 'shutdown' | 'lost';

/** Executes a claimed run until it ends, parks or is stopped, and writes how. */
@Injectable()
export class ExecuteRun {
  private readonly logger = new Logger(ExecuteRun.name);

  constructor(
    private readonly ledger: RunLedger,
    private readonly runs: RunRepository,
    private readonly plans: PlanCache,
    private readonly signals: Signals,
    private readonly settings: Settings,
  ) {}

  /**
   * Never rejects: what cannot be written now is taken up again when the lease has died.
   * @param signal aborted with a {@link StopReason}
   * @returns when a run that was parked comes due
   */
  async execute(run: ClaimedRun, signal: AbortSignal): Promise<Date | null> {
    const journal = new RunJournal(this.ledger, run, run.lastSeq, this.settings.RUN_LEASE_MS, () =>
      this.signals.send('run_changed', run.id),
    );
    try {
      const { progress, started } = await this.restore(run);
      if (!started) journal.append({ type: 'run.started', at: now(), attempt: run.attempt });
      const ending = await this.advance(run, progress, journal, signal);
      await journal.close(ending);
      faultPoint('after_terminal_commit');
      return ending.wakeAt;
    } catch (error) {
      if (!(error instanceof LeaseLost)) {
        this.logger.error({
          msg: 'run could not be written; it is taken up again when its lease ends',
          runId: run.id,
          err: error,
        });
      }
      return null;
    }
  }

  private async advance(
    run: ClaimedRun,
    progress: Progress,
    journal: RunJournal,
    signal: AbortSignal,
  ): Promise<Ending> {
    const ending = toEnding(await this.executePlan(run, progress, journal, signal), signal.reason as StopReason);
    const event = endingEvent(ending);
    if (event) journal.append(event);
    return ending;
  }

  private async executePlan(
    run: ClaimedRun,
    progress: Progress,
    journal: RunJournal,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const workflow = await this.findWorkflow(run);
    if ('error' in workflow) return { status: 'failed', error: workflow.error };
    const outcome = await executePlan({
      plan: workflow.plan,
      organizationId: run.organizationId,
      runId: run.id,
      connectionId: run.connectionId,
      input: run.input,
      progress,
      journal,
      signal,
      onBug: (error, stepId) => this.logger.error({ msg: 'block threw', runId: run.id, stepId, err: error }),
    });
    return outcome.status === 'completed' ? checkOutput(workflow, outcome) : outcome;
  }

  /** A definition that compiled when it was saved may not under a newer server; its runs fail at once instead of crashing again and again. */
  private async findWorkflow(run: ClaimedRun): Promise<CompiledWorkflow | { error: RunError }> {
    try {
      return await this.plans.get(run.organizationId, run.versionId);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const why = error.details?.[0]?.message ?? error.message;
      return { error: { code: 'INTERNAL', message: `This workflow version cannot be run by this server: ${why}` } };
    }
  }

  /** The fold of what earlier executions of this run wrote. */
  private async restore(run: ClaimedRun): Promise<{ progress: Progress; started: boolean }> {
    const progress = emptyProgress();
    let started = false;
    if (run.resumed) {
      for (const event of await this.runs.listEvents(run.organizationId, run.id)) {
        applyEvent(progress, event);
        if (event.type === 'run.started') started = true;
        if (event.type === 'run.retried') started = false;
      }
    }
    return { progress, started };
  }
}

const CANCELLED: RunError = { code: 'CANCELLED', message: 'The run was cancelled.' };
const DEADLINE: RunError = { code: 'TIMEOUT', message: 'The run took longer than its maxDurationMs.' };

type Outcome = PlanOutcome | { status: 'failed'; error: RunError };

/** How an execution leaves its run. */
export function toEnding(outcome: Outcome, reason: StopReason | undefined): Ending {
  const none = { output: null, error: null, wakeAt: null };
  switch (outcome.status) {
    case 'completed':
      return { ...none, status: 'completed', output: outcome.output };
    case 'failed':
      return { ...none, status: 'failed', error: outcome.error };
    case 'waiting':
      return { ...none, status: 'waiting', wakeAt: outcome.until };
    default:
      if (reason === 'cancelled') return { ...none, status: 'cancelled', error: CANCELLED };
      if (reason === 'deadline') return { ...none, status: 'timed_out', error: DEADLINE };
      return { ...none, status: 'queued' };
  }
}

/** The run's own event for an ending; a run released for another worker has none. */
export function endingEvent(ending: Ending): RunEvent | null {
  const at = now();
  switch (ending.status) {
    case 'completed':
      return { type: 'run.completed', at, output: ending.output };
    case 'failed':
    case 'cancelled':
    case 'timed_out':
      return {
        type: `run.${ending.status}`,
        at,
        error: ending.error ?? { code: 'INTERNAL', message: 'The run ended.' },
      };
    case 'waiting':
      return { type: 'run.waiting', at, until: (ending.wakeAt ?? new Date()).toISOString() };
    default:
      return null;
  }
}
