import { Injectable } from '@nestjs/common';
import { DomainError, invalidStatus } from '../../platform/errors/index.js';
import type { Caller } from '../auth/index.js';
import { ControlRun } from './control-run.js';
import { erasedError } from './payloads/read-payloads.js';
import { ReplayRun } from './replay-run.js';
import type { RunFilter, RunHandle } from './run-filter.js';
import { runNotFound } from './run-id.js';
import { RunRepository } from './run.repository.js';
import { isTerminal, RUN_STATUSES, type RunStatus, toNativeStatus, isRetryable } from './run.status.js';

export const RUN_CHANGES = ['cancel', 'retry', 'replay'] as const;
export type RunChange = (typeof RUN_CHANGES)[number];

/** Only in these can a run be changed so. */
const CHANGEABLE: Record<RunChange, readonly RunStatus[]> = {
  cancel: RUN_STATUSES.filter((status) => !isTerminal(status)),
  retry: RUN_STATUSES.filter(isRetryable),
  replay: RUN_STATUSES.filter(isTerminal),
};

/** Previews count no further. */
const COUNTED = 10_000;
/** How many ids a preview shows. */
const SAMPLE = 20;
/** Runs whose payloads are in memory at one time. */
const REPLAYED_AT_ONCE = 50;

export interface Selection {
  action: RunChange;
  /** The caller's own narrowing is added. */
  filter: Omit<RunFilter, 'limit' | 'before' | 'statuses' | 'within'>;
}

/** Why a run was not changed. */
export interface Failure {
  id: string;
  error: { code: string; message: string };
}

export interface Changes {
  /** Runs that were to be changed. */
  matched: RunHandle[];
  done: string[];
  failed: Failure[];
  /** What was started for which run. */
  replays: { id: string; runId: string }[];
  more: boolean;
}

/** Changes many runs at once, oldest first. */
@Injectable()
export class ChangeRuns {
  constructor(
    private readonly runs: RunRepository,
    private readonly control: ControlRun,
    private readonly replayer: ReplayRun,
  ) {}

  /** What {@link execute} would change: how many, counted up to 10,000, and the first. */
  async preview(caller: Caller, selection: Selection): Promise<{ count: number; more: boolean; sample: string[] }> {
    const { organizationId } = caller;
    const [counted, first] = await Promise.all([
      this.runs.countRuns(organizationId, narrow(caller, selection, COUNTED + 1)),
      this.runs.findRuns(organizationId, narrow(caller, selection, SAMPLE)),
    ]);
    return { count: Math.min(counted, COUNTED), more: counted > COUNTED, sample: first.map(({ id }) => id) };
  }

  /**
   * @param limit at most 1000
   * @param idempotencyKeyOf for a replay of a run; the same key replays it once
   * @throws DomainError BACKLOG_FULL, SERVER_BACKLOG_FULL when there is not room to retry them all
   */
  async execute(
    caller: Caller,
    selection: Selection,
    limit: number,
    origin: { requestId: string; idempotencyKeyOf: (id: string) => string | null },
  ): Promise<Changes> {
    const found = await this.runs.findRuns(caller.organizationId, narrow(caller, selection, limit + 1));
    const matched = found.slice(0, limit);
    const changes: Changes = { matched, done: [], failed: [], replays: [], more: found.length > limit };
    if (selection.filter.ids) changes.failed.push(...(await this.unchangeable(caller, selection, found)));
    if (matched.length === 0) return changes;
    if (selection.action === 'replay') await this.replay(caller, changes, origin);
    else {
      const ids = matched.map(({ id }) => id);
      const { changed, erased } = await this.change(caller, selection.action, matched);
      changes.done = changed;
      const done = new Set(changed);
      for (const id of ids.filter((one) => !done.has(one))) {
        const gone = erased.includes(id);
        changes.failed.push(failure(id, gone ? erasedError() : changedMeanwhile(selection.action)));
      }
    }
    return changes;
  }

  private async change(
    caller: Caller,
    action: 'cancel' | 'retry',
    runs: readonly RunHandle[],
  ): Promise<{ changed: string[]; erased: string[] }> {
    if (action === 'retry') {
      const { reopened, erased } = await this.control.retryAll(caller, runs);
      return { changed: reopened, erased };
    }
    const ids = runs.map(({ id }) => id);
    return { changed: await this.control.cancelAll(caller, ids), erased: [] };
  }

  private async replay(
    caller: Caller,
    changes: Changes,
    { requestId, idempotencyKeyOf }: { requestId: string; idempotencyKeyOf: (id: string) => string | null },
  ): Promise<void> {
    for (let from = 0; from < changes.matched.length; from += REPLAYED_AT_ONCE) {
      const ids = changes.matched.slice(from, from + REPLAYED_AT_ONCE).map(({ id }) => id);
      const originals = await this.runs.listRuns(caller.organizationId, { ids, limit: ids.length });
      originals.reverse();
      const answers = await this.replayer
        .executeAll(caller, originals, ({ id }) => ({ requestId, idempotencyKey: idempotencyKeyOf(id) }))
        .catch((error: unknown) => originals.map(() => ({ error: asDomainError(error) })));
      for (const [index, { id }] of originals.entries()) {
        const answer = answers[index];
        if (answer && 'runId' in answer) {
          changes.done.push(id);
          changes.replays.push({ id, runId: answer.runId });
        } else if (answer) changes.failed.push(failure(id, answer.error));
      }
    }
  }

  /** Runs that were named and are not among those found. */
  private async unchangeable(caller: Caller, { action, filter }: Selection, found: RunHandle[]): Promise<Failure[]> {
    const known = new Set(found.map(({ id }) => id));
    const ids = (filter.ids ?? []).filter((id) => !known.has(id));
    if (ids.length === 0) return [];
    const others = await this.runs.findRuns(caller.organizationId, {
      ids,
      ...(caller.workflowIds !== undefined && { within: caller.workflowIds }),
      limit: ids.length,
    });
    const statuses = new Map(others.map(({ id, status }) => [id, status]));
    return ids.flatMap((id) => {
      const status = statuses.get(id);
      if (status === undefined) return [failure(id, runNotFound())];
      // It is in a status for the change, and so it was left out by another member of the filter.
      if (CHANGEABLE[action].includes(status)) return [];
      return [failure(id, invalidStatus(`${RULES[action]} Current status: ${toNativeStatus(status)}`))];
    });
  }
}

const RULES: Record<RunChange, string> = {
  cancel: 'Only an unfinished run can be cancelled.',
  retry: 'Only a failed or timed out run can be retried.',
  replay: 'Only a finished run can be replayed with others.',
};

const changedMeanwhile = (action: RunChange) => invalidStatus(`${RULES[action]} Its status has changed meanwhile.`);

/** What was replayed before stays, so a full backlog is told for each of the rest. */
function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}

const failure = (id: string, { code, message }: { code: string; message: string }): Failure => ({
  id,
  error: { code, message },
});

const narrow = (caller: Caller, { action, filter }: Selection, limit: number): RunFilter => ({
  ...filter,
  statuses: CHANGEABLE[action],
  ...(caller.workflowIds !== undefined && { within: caller.workflowIds }),
  limit,
});
