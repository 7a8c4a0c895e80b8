import { CronExpressionParser } from 'cron-parser';

export const INTERVAL_UNITS = ['minutes', 'hours', 'days', 'weeks'] as const;
export type IntervalUnit = (typeof INTERVAL_UNITS)[number];

/** Times by the wall clock of a zone, or absolute distances from an anchor (epoch milliseconds; the first time is one distance later). */
export type Recurrence = { cron: string; timezone: string } | { everyMs: number; anchor: number };

const MINUTE_MS = 60_000;
const UNIT_MS: Record<IntervalUnit, number> = {
  minutes: MINUTE_MS,
  hours: 60 * MINUTE_MS,
  days: 24 * 60 * MINUTE_MS,
  weeks: 7 * 24 * 60 * MINUTE_MS,
};

export const intervalMs = ({ value, unit }: { value: number; unit: IntervalUnit }): number => value * UNIT_MS[unit];

/** What is wrong with a cron expression; null when it can be used. Five fields, since schedules are made by the minute. */
export function cronProblem(cron: string): string | null {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) {
    return `must have 5 fields (minute, hour, day of month, month, day of week), such as "0 9 * * 1-5"; this has ${cron.trim() === '' ? 0 : fields.length}`;
  }
  // `H` picks a random value, which would be another one each time the expression is read.
  if (fields.some((field) => /h(?![a-z])/i.test(field))) return 'may not use "H"; give the value itself';
  try {
    CronExpressionParser.parse(cron, { tz: 'UTC', currentDate: new Date(0) }).next();
    return null;
  } catch (error) {
    return `is no cron expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}
