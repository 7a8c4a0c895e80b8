/**
 * When something recurs. Words: a {@link Recurrence} is a cron expression in a time zone or an interval from an anchor; a *time* is epoch
 * milliseconds. Pure: the clock is the caller's.
 */
export { cronProblem, intervalMs, type IntervalUnit, INTERVAL_UNITS, type Recurrence } from './recurrence.js';
export { latestTime, nextTime } from './next-time.js';
export { isTimeZone } from './time-zone.js';
