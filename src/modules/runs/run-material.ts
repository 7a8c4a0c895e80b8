import { Injectable } from '@nestjs/common';
import type { ChildRuns } from '#libs/block-kit';
import { applyEvent, emptyProgress, type Progress } from '#libs/engine';
import type { Json } from '#libs/json-guard';
import { DomainError } from '../../platform/errors/index.js';
import { type CompiledWorkflow, PlanCache } from '../workflows/index.js';
import { ChildRunStarter } from './child-runs.js';
import { RunPayloads } from './payloads/run-payloads.js';
import type { RunJournal } from './run-journal.js';
import type { ClaimedRun } from './run-ledger.js';
import { RunConnections } from './run-connections.js';
import { RunNews } from './run-news.js';
import type { RunError } from './run.errors.js';
import { RunRepository } from './run.repository.js';

/** What the execution of a claimed run is made of. */
@Injectable()
export class RunMaterial {
  constructor(
    private readonly runs: RunRepository,
    private readonly plans: PlanCache,
    private readonly starter: ChildRunStarter,
    private readonly payloads: RunPayloads,
    private readonly connections: RunConnections,
  ) {}

  news(run: ClaimedRun, journal: RunJournal): RunNews {
    return new RunNews(run, this.runs, journal, this.payloads);
  }

  children(run: ClaimedRun, signal: AbortSignal): (stepId: string) => ChildRuns {
    return this.starter.of(run, signal);
  }

  /** What templates read as `connection`; null without one. */
  async findConnection({ organizationId, connectionId }: ClaimedRun): Promise<Json> {
    const connection = connectionId === null ? null : await this.connections.find(organizationId, connectionId);
    return connection?.shown ?? null;
  }

  /** A definition that compiled when it was saved may not under a newer server; its runs fail at once instead of crashing again and again. */
  async findWorkflow(run: ClaimedRun): Promise<CompiledWorkflow | { error: RunError }> {
    try {
      return await this.plans.get(run.organizationId, run.versionId);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const why = error.details?.[0]?.message ?? error.message;
      return { error: { code: 'INTERNAL', message: `This workflow version cannot be run by this server: ${why}` } };
    }
  }

  /** The run with its payloads in clear. */
  open(run: ClaimedRun): Promise<ClaimedRun> {
    return this.payloads.open(run);
  }

  /** The fold of what earlier executions of this run wrote. */
  async restore(run: ClaimedRun): Promise<{ progress: Progress; started: boolean }> {
    const progress = emptyProgress();
    let started = false;
    if (run.resumed) {
      const events = await this.runs.listEvents(run.organizationId, run.id);
      for (const event of await this.payloads.openEvents(run, events)) {
        applyEvent(progress, event);
        if (event.type === 'run.started') started = true;
        if (event.type === 'run.retried') started = false;
      }
    }
    return { progress, started };
  }
}
