import { formatId } from '#libs/ids';
import { TriggerDto } from '../../workflows/index.js';
import type { ScheduleEntity } from '../schedule.entity.js';
import { nextRunsAt } from '../times.js';

/** How many times ahead are shown. */
const AHEAD = 5;

/** Why a schedule started no run at a time. */
export class ScheduleErrorDto {
  /**
   * What the start of the run was refused with.
   * @example BACKLOG_FULL
   */
  code: string;

  /**
   * What went wrong and what to do about it.
   * @example "Too many unfinished runs. Limit: 10000. Wait for some to finish, or cancel them."
   */
  message: string;

  /**
   * The time that has no run (ISO 8601).
   * @example 2026-11-23T08:00:00.000Z
   */
  runAt: string;
}

/** The schedule of a workflow: its trigger, and what came of it. */
export class ScheduleDto {
  /**
   * The workflow that is started.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  workflowId: string;

  /** The workflow's trigger. Change the workflow to change it. */
  trigger: TriggerDto;

  /**
   * When the next run starts (ISO 8601). Null while the workflow is not active or the schedule not enabled, and when no time is left.
   * @example 2026-11-24T08:00:00.000Z
   */
  nextRunAt: string | null;

  /**
   * The next five times, the first included.
   * @example ["2026-11-24T08:00:00.000Z", "2026-11-25T08:00:00.000Z"]
   */
  nextTimes: string[];

  /**
   * The time of the latest run (ISO 8601); null before the first.
   * @example 2026-11-23T08:00:00.000Z
   */
  lastRunAt: string | null;

  /**
   * The latest run; null before the first.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  lastRunId: string | null;

  /** Why the latest time has no run; null when it has one. */
  lastError: ScheduleErrorDto | null;

  /**
   * Runs started since the trigger was last changed.
   * @example 12
   */
  runsStarted: number;
}

export function toScheduleDto(schedule: ScheduleEntity): ScheduleDto {
  const { workflowId, definition, nextRunAt, lastRunAt, lastRunId, lastError, runsStarted } = schedule;
  return {
    workflowId: formatId('wf', workflowId),
    trigger: definition,
    nextRunAt: nextRunAt?.toISOString() ?? null,
    nextTimes: nextRunsAt(schedule, nextRunAt, AHEAD).map((time) => time.toISOString()),
    lastRunAt: lastRunAt?.toISOString() ?? null,
    lastRunId: lastRunId === null ? null : formatId('run', lastRunId),
    lastError,
    runsStarted,
  };
}
