import { CronExpressionParser } from 'cron-parser';
import type { Recurrence } from './recurrence.js';
import { firstInstant, nextChange, offsetAt, wallTime } from './time-zone.js';

/**
 * The first time after `after`; null when there is none.
 *
 * Where clocks are put forward, a time that does not exist is made up at the moment of the change; where they are put back, a time that exists
 * twice counts once, the first time. An expression for every hour (`*` as its hour) goes by the hours that pass instead: nothing to
 * make up, and both of two equal hours count. `cron-parser` alone leaves out days on which midnight does not exist.
 */
export function nextTime(recurrence: Recurrence, after: number): number | null {
  if ('everyMs' in recurrence) {
    const { everyMs, anchor } = recurrence;
    return anchor + (Math.max(0, Math.floor((after - anchor) / everyMs)) + 1) * everyMs;
  }
  const { cron, timezone } = recurrence;
  try {
    return isEveryHour(cron) ? nextByInstants(cron, timezone, after) : nextByWallClock(cron, timezone, after);
  } catch (error) {
    if (error instanceof Error && /loop limit/.test(error.message)) return null;
    throw error;
  }
}

/** The latest time that is at most `now`, given that `first` is one and not later. Bisects, so the distance hardly matters. */
export function latestTime(recurrence: Recurrence, first: number, now: number): number {
  let [latest, low, high] = [first, first, now];
  while (low < high) {
    const next = nextTime(recurrence, latest);
    if (next === null || next > now) return latest;
    latest = next;
    low = Math.max(low, latest);
    const middle = Math.floor((low + high) / 2);
    const later = nextTime(recurrence, middle);
    if (later !== null && later <= now) [latest, low] = [later, later];
    else high = middle;
  }
  return latest;
}

const isEveryHour = (cron: string): boolean => cron.trim().split(/\s+/)[1] === '*';

function nextByWallClock(cron: string, timezone: string, after: number): number {
  const walls = CronExpressionParser.parse(cron, { tz: 'UTC', currentDate: new Date(wallTime(timezone, after)) });
  for (;;) {
    const instant = firstInstant(timezone, walls.next().getTime());
    if (instant > after) return instant;
  }
}

function nextByInstants(cron: string, timezone: string, after: number): number {
  let [from, segment] = [after, after];
  for (;;) {
    const offset = offsetAt(timezone, segment);
    const walls = CronExpressionParser.parse(cron, { tz: 'UTC', currentDate: new Date(from + offset) });
    const instant = walls.next().getTime() - offset;
    if (offsetAt(timezone, instant) === offset) return instant;
    // From there on by the clock as it is then. The moment of the change may be a time itself.
    segment = nextChange(timezone, segment, instant);
    from = segment - 1;
  }
}
