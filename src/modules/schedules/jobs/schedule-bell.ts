import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { QUEUES } from '../../../platform/queue/index.js';
import type { ScheduleEntity } from '../schedule.entity.js';
import { nextRunAt } from '../times.js';

type Rung = Pick<ScheduleEntity, 'definition' | 'anchorAt' | 'runsStarted'>;

/**
 * Rings in the queue when a schedule is due: one BullMQ job scheduler a workflow. Its job carries nothing but "look", so a bell that is late,
 * lost or rings for nothing starts no run too many or too few: every worker looks by itself every SWEEP_INTERVAL_MS.
 */
@Injectable()
export class ScheduleBell {
  private readonly logger = new Logger(ScheduleBell.name);

  constructor(@InjectQueue(QUEUES.schedules) private readonly queue: Queue) {}

  /** Rings at the schedule's times from now on, or no more when it has no next run. Never throws. */
  set({ workflowId, nextRunAt: next, definition, anchorAt, runsStarted }: ScheduleEntity): void {
    if (next === null) return this.remove(workflowId);
    const pattern = toPattern({ definition: { ...definition, input: {} }, anchorAt, runsStarted });
    this.report(this.queue.upsertJobScheduler(workflowId, { pattern }, { name: 'look', data: {} }));
  }

  remove(workflowId: string): void {
    this.report(this.queue.removeJobScheduler(workflowId));
  }

  private report(done: Promise<unknown>): void {
    done.catch((error: unknown) => this.logger.warn(`the schedules' bell is out of order: ${String(error)}`));
  }
}

/** BullMQ hands a scheduler's pattern to {@link repeatStrategy} as it is, so it may be in a language of ours. */
const toPattern = (schedule: Rung): string => JSON.stringify(schedule);

/** When the bell rings next: at exactly the schedule's times, which BullMQ's own strategy does not know over changes of the clocks. */
export function repeatStrategy(after: number, { pattern = '' }: { pattern?: string }): number | undefined {
  const { anchorAt, ...schedule } = JSON.parse(pattern) as Omit<Rung, 'anchorAt'> & { anchorAt: string };
  return nextRunAt({ ...schedule, anchorAt: new Date(anchorAt) }, new Date(after))?.getTime();
}
