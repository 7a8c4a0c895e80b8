import { Injectable, Logger } from '@nestjs/common';
import { executePlan, LeaseLost, type Progress } from '#libs/engine';
import type { JsonObject } from '#libs/json-guard';
import { Settings } from '../../platform/config/index.js';
import { faultPoint } from '../../platform/faults/index.js';
import { Signals } from '../../platform/signals/index.js';
import { checkOutput } from '../workflows/index.js';
import { ErasePayloads } from './payloads/erase-payloads.js';
import { endingEvent, type Outcome, type StopReason, toEnding } from './run-ending.js';
import { type Ending, RunJournal } from './run-journal.js';
import { RunMaterial } from './run-material.js';
import { now } from './run.events.js';
import { type ClaimedRun, RunLedger } from './run-ledger.js';
import { isTerminal } from './run.status.js';

/** Executes a claimed run until it ends, parks or is stopped, and writes how. */
@Injectable()
export class ExecuteRun {
  private readonly logger = new Logger(ExecuteRun.name);

  constructor(
    private readonly ledger: RunLedger,
    private readonly material: RunMaterial,
    private readonly eraser: ErasePayloads,
    private readonly signals: Signals,
    private readonly settings: Settings,
  ) {}

  /**
   * Never rejects: what cannot be written now is taken up again when the lease has died.
   * @param signal aborted with a {@link StopReason}
   * @returns when a run that was parked comes due
   */
  async execute(claimed: ClaimedRun, signal: AbortSignal): Promise<Date | null> {
    const journal = new RunJournal(this.ledger, claimed, claimed.lastSeq, this.settings.RUN_LEASE_MS, () =>
      this.signals.send('run_changed', claimed.id),
    );
    try {
      const run = claimed.sealed ? await this.material.open(claimed) : claimed;
      const { progress, started } = await this.material.restore(run);
      if (!started) journal.append({ type: 'run.started', at: now(), attempt: run.attempt });
      const ending = await this.advance(run, progress, journal, signal);
      await journal.close(ending);
      faultPoint('after_terminal_commit');
      if (run.sealed && isTerminal(ending.status)) await this.eraser.eraseIfDue(run.organizationId, run.id);
      if (run.parentRunId !== null && isTerminal(ending.status)) this.signals.send('run_signalled', run.parentRunId);
      return ending.wakeAt;
    } catch (error) {
      if (!(error instanceof LeaseLost)) {
        this.logger.error({
          msg: 'run could not be written; it is taken up again when its lease ends',
          runId: claimed.id,
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
    const workflow = await this.material.findWorkflow(run);
    if ('error' in workflow) return { status: 'failed', error: workflow.error };
    const news = this.material.news(run, journal);
    await news.read();
    const outcome = await executePlan({
      plan: workflow.plan,
      organizationId: run.organizationId,
      runId: run.id,
      connectionId: run.connectionId,
      connection: await this.material.findConnection(run),
      input: run.input,
      ...(workflow.defaults && { variables: run.input as JsonObject }),
      progress,
      journal,
      signal,
      signals: news.signals,
      onWake: (listener) => this.signals.on('run_signalled', run.id, () => void news.refresh(listener)),
      children: this.material.children(run, signal),
      onBug: (error, stepId) => this.logger.error({ msg: 'block threw', runId: run.id, stepId, err: error }),
    });
    return outcome.status === 'completed' ? checkOutput(workflow, outcome) : outcome;
  }
}
