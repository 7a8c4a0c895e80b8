import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { applyEvent, emptyProgress } from '#libs/engine';
import { parseId } from '#libs/ids';
import { isTransient } from '../../platform/database/index.js';
import { decodeCursor, type Page, toPage } from '../../platform/http/index.js';
import { Signals } from '../../platform/signals/index.js';
import type { Caller } from '../auth/index.js';
import type { ListRunsQuery } from './dto/run-filter.dto.js';
import { type RunDto, type RunSummaryDto, toRunDto, toRunSummaryDto } from './dto/run.dto.js';
import { ReadPayloads } from './payloads/read-payloads.js';
import { runNotFound } from './run-id.js';
import type { RunEntity } from './run.entity.js';
import { RunRepository } from './run.repository.js';
import { type RunResult, toRunResult } from './run-result.js';
import { fromNativeStatus, isTerminal } from './run.status.js';

/** A wake-up may be lost, so whoever waits for a run looks by itself this often. */
const LOOK_EVERY_MS = 2_000;

export type RunWithPayloads = RunSummaryDto & Pick<RunDto, 'input' | 'output'>;

@Injectable()
export class RunReader implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly runs: RunRepository,
    private readonly payloads: ReadPayloads,
    private readonly signals: Signals,
  ) {}

  /** The run with its steps. A key that is bound to workflows sees the runs of those only. */
  async getRun(caller: Caller, id: string): Promise<RunDto> {
    const run = await this.getVisible(caller, id);
    const { run: shown, events, workflow } = await this.payloads.show(run);
    const progress = emptyProgress();
    for (const event of events) applyEvent(progress, event);
    return toRunDto(shown, workflow.plan, progress.steps);
  }

  /** What came of a run, for the one who started it and waits: shown although the workflow keeps nothing of it. */
  async getResult(organizationId: string, id: string): Promise<RunResult> {
    const run = await this.runs.findRun(organizationId, id);
    if (!run) throw runNotFound();
    const { run: shown, events, workflow } = await this.payloads.show(run, 'full');
    const progress = emptyProgress();
    for (const event of events) applyEvent(progress, event);
    return toRunResult(shown, workflow.plan, progress);
  }

  /** @throws DomainError NOT_FOUND */
  async getVisible(caller: Caller, id: string): Promise<RunEntity> {
    const run = await this.runs.findRun(caller.organizationId, id);
    if (!run || (caller.workflowIds && !caller.workflowIds.includes(run.workflowId))) throw runNotFound();
    return run;
  }

  /** The newest runs of a workflow with what they were given and put out, as its privacy lets them be seen. */
  async listWithPayloads(caller: Caller, workflowId: string, limit: number): Promise<RunWithPayloads[]> {
    const { organizationId, workflowIds: within } = caller;
    const rows = await this.runs.listRuns(organizationId, { limit, workflowId, ...(within && { within }) });
    const shown = await Promise.all(
      rows.map(async (row) => (row.sealed ? await this.payloads.show(row) : { run: row })),
    );
    return shown.map(({ run }) => ({ ...toRunSummaryDto(run), input: run.input, output: run.output }));
  }

  /** The key that started the run; null: none did. */
  findKeyId(organizationId: string, id: string): Promise<string | null> {
    return this.runs.findKeyId(organizationId, id);
  }

  async listRuns(caller: Caller, query: ListRunsQuery): Promise<Page<RunSummaryDto>> {
    const { limit, cursor, status, trigger, since, until } = query;
    const workflowId = query.workflowId === undefined ? undefined : parseId('wf', query.workflowId);
    if (workflowId === null) return { data: [], cursor: null, hasMore: false };
    const rows = await this.runs.listRuns(caller.organizationId, {
      limit: limit + 1,
      ...(caller.workflowIds !== undefined && { within: caller.workflowIds }),
      ...(cursor !== undefined && { before: decodeCursor(cursor) }),
      ...(workflowId !== undefined && { workflowId }),
      ...(status !== undefined && { status: fromNativeStatus(status) }),
      ...(trigger !== undefined && { trigger }),
      ...(since !== undefined && { since: new Date(since) }),
      ...(until !== undefined && { until: new Date(until) }),
    });
    return toPage(rows, limit, toRunSummaryDto);
  }

  /** Whoever waits is told that the run goes on. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  /**
   * Waits until the run is over, at most `waitMs`; through an outage of the database too, since the run has been accepted.
   * @returns whether it is
   */
  async waitUntilOver(organizationId: string, id: string, waitMs: number): Promise<boolean> {
    const giveUpAt = Date.now() + waitMs;
    let wake: () => void = () => undefined;
    let rung = false;
    const unlisten = this.signals.on('run_changed', id, () => {
      rung = true;
      wake();
    });
    try {
      for (;;) {
        rung = false;
        if (await this.isOver(organizationId, id)) return true;
        const left = giveUpAt - Date.now();
        if (left <= 0 || this.stopping) return false;
        if (rung) continue;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(left, LOOK_EVERY_MS));
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    } finally {
      unlisten();
    }
  }

  private async isOver(organizationId: string, id: string): Promise<boolean> {
    try {
      const status = await this.runs.findStatus(organizationId, id);
      return status !== null && isTerminal(status);
    } catch (error) {
      if (isTransient(error)) return false;
      throw error;
    }
  }
}
