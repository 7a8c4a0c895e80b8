import { Injectable } from '@nestjs/common';
import { invalidStatus } from '../../platform/errors/index.js';
import type { Caller } from '../auth/index.js';
import { PlanCache } from '../workflows/index.js';
import { Backlog } from './backlog.js';
import { runNotFound } from './run-id.js';
import { assertNotErased } from './payloads/read-payloads.js';
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
   * Cancels a run and the runs that its steps have started. Queued and waiting runs are cancelled at once; the worker of a running one is told to stop, and when it does not answer
   * within 5 seconds the sweep ends the run.
   * @returns the status now; that of a finished run, on which a cancel does nothing
   */
  async cancel(caller: Caller, id: string): Promise<RunStatus> {
    await this.reader.getVisible(caller, id);
    const { status, touched } = await this.runs.cancelRun(caller.organizationId, id);
    if (status === null) throw runNotFound();
    for (const run of new Set([id, ...touched])) this.wake.cancelled(run);
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
    if (!(await this.runs.retryRun(run, settings.queueTtlMs))) throw refuse('queued');
    this.wake.due(id);
  }
}
