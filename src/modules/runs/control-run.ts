import { Injectable } from '@nestjs/common';
import { invalidStatus } from '../../platform/errors/index.js';
import type { Caller } from '../auth/index.js';
import { PlanCache } from '../workflows/index.js';
import { Backlog } from './backlog.js';
import { runNotFound } from './run-id.js';
import { assertNotErased, isErased } from './payloads/read-payloads.js';
import type { RunHandle } from './run-filter.js';
import { RunReader } from './run-reader.js';
import { RunRepository } from './run.repository.js';
import { isRetryable, type RunStatus, toNativeStatus } from './run.status.js';
import { WakeUps } from './wake-ups.js';

/** What clients may do to a run that exists. */
@Injectable()
export class ControlRun {
  constructor(
    private readonly runs: RunRepository,
    private readonly reader: RunReader,
    private readonly plans: PlanCache,
    private readonly backlog: Backlog,
    private readonly wake: WakeUps,
  ) {}

  /**
   * Cancels a run and the runs that its steps have started. Queued and waiting runs are cancelled at once; the worker of a running one is
   * told to stop, and when it does not answer within 5 seconds the sweep ends the run.
   * @returns the status now; that of a finished run, on which a cancel does nothing
   */
  async cancel(caller: Caller, id: string): Promise<RunStatus> {
    const { concurrencyKey } = await this.reader.getVisible(caller, id);
    const touched = await this.runs.cancelRuns(caller.organizationId, [id]);
    for (const run of new Set([id, ...touched.map((row) => row.id)])) this.wake.cancelled(run);
    if (concurrencyKey !== null) this.wake.released();
    const status =
      touched.find((row) => row.id === id)?.status ?? (await this.runs.findStatus(caller.organizationId, id));
    if (status === null) throw runNotFound();
    return status;
  }

  /**
   * Opens a failed or timed-out run again: same run, next attempt, going on after the last finished step.
   * @throws DomainError INVALID_STATUS for a run in any other status; PAYLOAD_ERASED
   */
  async retry(caller: Caller, id: string): Promise<void> {
    const run = await this.reader.getVisible(caller, id);
    const refuse = (status: RunStatus) =>
      invalidStatus(`Only a failed or timed out run can be retried. Current status: ${toNativeStatus(status)}`);
    if (!isRetryable(run.status)) throw refuse(run.status);
    await this.backlog.assertRoom(caller);
    const { settings, privacy } = await this.plans.get(caller.organizationId, run.versionId);
    assertNotErased(run, privacy);
    const { queueTtlMs } = settings;
    const reopened = await this.runs.retryRuns(caller.organizationId, [{ id, sealed: run.sealed, queueTtlMs }]);
    if (reopened.length === 0) throw refuse('queued');
    await this.wake.reopened([run]);
  }

  /**
   * Cancels many runs in one statement.
   * @returns the ids of those that were unfinished
   */
  async cancelAll(caller: Caller, ids: readonly string[]): Promise<string[]> {
    const touched = (await this.runs.cancelRuns(caller.organizationId, ids)).map(({ id }) => id);
    for (const id of touched) this.wake.cancelled(id);
    this.wake.released();
    const asked = new Set(ids);
    return touched.filter((id) => asked.has(id));
  }

  /**
   * Opens many runs again, as {@link retry} does, at most 1000.
   * @returns the ids of those that were failed or timed out, and of those that cannot go on since their payloads are erased
   * @throws DomainError BACKLOG_FULL, SERVER_BACKLOG_FULL when there is not room for all
   */
  async retryAll(caller: Caller, runs: readonly RunHandle[]): Promise<{ reopened: string[]; erased: string[] }> {
    await this.backlog.assertRoom(caller, runs.length);
    const asked = await Promise.all(
      runs.map(async ({ id, versionId, sealed }) => {
        const { settings, privacy } = await this.plans.get(caller.organizationId, versionId);
        return { id, sealed, queueTtlMs: settings.queueTtlMs, gone: isErased({ sealed }, privacy) };
      }),
    );
    const kept = asked.filter(({ gone }) => !gone);
    const reopened = new Set(await this.runs.retryRuns(caller.organizationId, kept));
    await this.wake.reopened(runs.filter(({ id }) => reopened.has(id)));
    return { reopened: [...reopened], erased: asked.flatMap(({ id, gone }) => (gone ? [id] : [])) };
  }
}
