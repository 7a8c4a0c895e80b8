import { Injectable } from '@nestjs/common';
import { applyEvent, emptyProgress, type StepRecord } from '#libs/engine';
import type { Json } from '#libs/json-guard';
import { labelSteps } from './dto/step-labels.js';
import { ReadPayloads } from './payloads/read-payloads.js';
import { RunPayloads } from './payloads/run-payloads.js';
import { RunRepository } from './run.repository.js';
import { isTerminal } from './run.status.js';
import { WakeUps } from './wake-ups.js';

/** A step as those see it who send it something. */
export interface ParkedStep {
  workflowId: string;
  type: string;
  name: string | null;
  /** As recorded; a step of a run that is over counts as cancelled unless it ended before. */
  status: StepRecord['status'] | 'cancelled';
  /** What it parked with, or its output once it has ended. */
  output: Json;
}

/** Steps that wait for something from outside. */
@Injectable()
export class ParkedSteps {
  constructor(
    private readonly runs: RunRepository,
    private readonly reading: ReadPayloads,
    private readonly payloads: RunPayloads,
    private readonly wake: WakeUps,
  ) {}

  /** Null when there is no such run or it has not come to such a step. */
  async find(organizationId: string, runId: string, stepId: string): Promise<ParkedStep | null> {
    const run = await this.runs.findRun(organizationId, runId);
    if (!run) return null;
    const progress = emptyProgress();
    const { events, workflow } = await this.reading.show(run, 'full');
    for (const event of events) applyEvent(progress, event);
    const record = progress.steps.get(stepId);
    if (!record) return null;
    const [labelled] = labelSteps(workflow.plan, new Map([[stepId, record]]));
    if (!labelled) return null;
    const [{ type, name = null }] = labelled;
    const unfinished = ['running', 'retrying', 'waiting'].includes(record.status);
    const status = unfinished && isTerminal(run.status) ? 'cancelled' : record.status;
    return { workflowId: run.workflowId, type, name, status, output: record.output };
  }

  /**
   * Sends a step something, durably; its run goes on with it. The first of many at the same time is the only one.
   * @returns false when something was sent before, or the run is over
   */
  async send(organizationId: string, runId: string, stepId: string, payload: Json): Promise<boolean> {
    const run = await this.runs.findRun(organizationId, runId);
    const kept = run && (await this.payloads.sealValue(run, payload));
    if (!(await this.runs.signalStep(organizationId, runId, stepId, kept))) return false;
    this.wake.signalled(runId);
    return true;
  }
}
