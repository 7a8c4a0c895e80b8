import { intervalMs, latestTime, nextTime, type Recurrence } from '#libs/schedule';
import type { ScheduleDefinition } from '../workflows/index.js';
import type { ScheduleEntity } from './schedule.entity.js';

type Schedule = Pick<ScheduleEntity, 'definition' | 'anchorAt' | 'runsStarted'>;

/** Counted from `startAt` an interval has its first time at it: one distance after one distance before. */
function recurrenceOf({ cron, interval, timezone = 'UTC', startAt }: ScheduleDefinition, anchorAt: Date): Recurrence {
  if (cron !== undefined) return { cron, timezone };
  const everyMs = intervalMs(interval ?? { value: 1, unit: 'days' });
  return { everyMs, anchor: startAt === undefined ? anchorAt.getTime() : Date.parse(startAt) - everyMs };
}

/** The first time after `after` at which the schedule starts a run; null when none is left. */
export function nextRunAt(schedule: Schedule, after: Date): Date | null {
  const { definition, anchorAt, runsStarted } = schedule;
  const { startAt, endAt, maxRuns = Infinity } = definition;
  if (runsStarted >= maxRuns) return null;
  const from = Math.max(after.getTime(), startAt === undefined ? -Infinity : Date.parse(startAt) - 1);
  const next = nextTime(recurrenceOf(definition, anchorAt), from);
  return next === null || (endAt !== undefined && next > Date.parse(endAt)) ? null : new Date(next);
}

/** The time to make up when `due` and perhaps later ones have passed: the latest one. */
export function latestRunAt({ definition, anchorAt }: Schedule, due: Date, now: Date): Date {
  const until = Math.min(now.getTime(), definition.endAt === undefined ? Infinity : Date.parse(definition.endAt));
  return new Date(latestTime(recurrenceOf(definition, anchorAt), due.getTime(), until));
}

/** The next times, at most `count`. */
export function nextRunsAt(schedule: Schedule, first: Date | null, count: number): Date[] {
  const times: Date[] = [];
  for (let time = first; time && times.length < count;) {
    times.push(time);
    time = nextRunAt({ ...schedule, runsStarted: schedule.runsStarted + times.length }, time);
  }
  return times;
}
