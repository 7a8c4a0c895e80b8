import { Injectable, Logger } from '@nestjs/common';
import { formatId } from '#libs/ids';
import { Database } from '../../platform/database/index.js';
import { DomainError } from '../../platform/errors/index.js';
import { Organizations } from '../organizations/index.js';
import { StartRun } from '../runs/index.js';
import { ScheduleBell } from './jobs/schedule-bell.js';
import type { ScheduleEntity } from './schedule.entity.js';
import { ScheduleRepository } from './schedule.repository.js';
import { latestRunAt, nextRunAt } from './times.js';

/** Started at the same time, and read at once. */
const BATCH = 20;
/** A time made up later than this may have been used with a key that is forgotten by now (idempotency keys live for 24 hours). */
const KEY_CERTAIN_MS = 12 * 60 * 60 * 1000;

/** What came of a time: its run, or why there is none. */
type Fired = { runId: string } | { error: { code: string; message: string } };

/**
 * Starts the runs of schedules that are due, one a time and workflow however many processes look and whenever they crash: the time is the run's
 * idempotency key, and the schedule moves on only from the time that was read.
 */
@Injectable()
export class FireSchedules {
  private readonly logger = new Logger(FireSchedules.name);

  constructor(
    private readonly database: Database,
    private readonly schedules: ScheduleRepository,
    private readonly starter: StartRun,
    private readonly organizations: Organizations,
    private readonly bell: ScheduleBell,
  ) {}

  /** Fires until nothing is due at `now`. One that fails for a reason of the server's stays due and is left to the next look. */
  async fireDue(now: Date): Promise<void> {
    for (;;) {
      const due = await this.schedules.listDue(now, BATCH);
      const done = await Promise.allSettled(due.map((schedule) => this.fire(schedule, now)));
      const failed = done.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      if (due.length < BATCH) return;
    }
  }

  private async fire(schedule: ScheduleEntity, now: Date): Promise<void> {
    if (schedule.nextRunAt === null) return;
    const time = latestRunAt(schedule, schedule.nextRunAt, now);
    await this.moveOn(schedule, time, await this.start(schedule, time, now));
  }

  private async start(
    { organizationId, workflowId, definition }: ScheduleEntity,
    time: Date,
    now: Date,
  ): Promise<Fired> {
    if (now.getTime() - time.getTime() > KEY_CERTAIN_MS) {
      const runId = await this.schedules.findRunOf(organizationId, workflowId, time);
      if (runId !== null) return { runId };
    }
    const organization = await this.organizations.findCaps(organizationId);
    try {
      const { runId } = await this.starter.execute(
        { organizationId, keyId: null, organization },
        {
          workflowId,
          input: definition.input ?? {},
          connectionId: null,
          idempotencyKey: `schedule:${time.toISOString()}`,
          trigger: 'schedule',
          requestId: null,
          options: { startAt: time },
          awaited: false,
        },
      );
      return { runId };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const details = error.details?.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
      return { error: { code: error.code, message: details ? `${error.message}: ${details}` : error.message } };
    }
  }

  /** Does nothing to a schedule that another process has moved on, or whose workflow has been changed meanwhile. */
  private async moveOn(
    { organizationId, workflowId, nextRunAt: due }: ScheduleEntity,
    time: Date,
    fired: Fired,
  ): Promise<void> {
    const moved = await this.database.transaction(async (tx) => {
      const current = await this.schedules.lockSchedule(tx, organizationId, workflowId);
      if (!current || current.nextRunAt?.getTime() !== due?.getTime()) return null;
      const came =
        'runId' in fired
          ? { lastRunAt: time, lastRunId: fired.runId, lastError: null, runsStarted: current.runsStarted + 1 }
          : { lastError: { ...fired.error, runAt: time.toISOString() } };
      const next = { ...current, ...came };
      next.nextRunAt = nextRunAt(next, time);
      await this.schedules.saveSchedule(tx, next);
      return next;
    });
    if (!moved) return;
    if (moved.nextRunAt === null) this.bell.remove(workflowId);
    if (moved.lastError) {
      const workflow = formatId('wf', workflowId);
      this.logger.warn({ msg: 'schedule started no run', workflow, code: moved.lastError.code, time });
    }
  }
}
