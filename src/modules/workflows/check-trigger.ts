import type { Validator } from '#libs/json-schema';
import { cronProblem, isTimeZone } from '#libs/schedule';
import type { Issue } from '../../platform/errors/index.js';
import type { ScheduleDefinition, TriggerDefinition } from './definition.js';

/** What is wrong with a trigger whose shape has been validated. Members that are null count as absent. */
export function checkTrigger(trigger: TriggerDefinition, input: Validator | null): Issue[] {
  const { type, ...rest } = trigger;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  if (type === 'schedule') return checkSchedule(given, input);
  return Object.keys(given).map((member) => issue(member, 'belongs to triggers of type "schedule"'));
}

const issue = (member: string, message: string): Issue => ({ path: ['trigger', member], message });

function checkSchedule(schedule: Partial<ScheduleDefinition>, inputSchema: Validator | null): Issue[] {
  const { cron, interval, timezone, startAt, endAt, input = {} } = schedule;
  const issues: Issue[] = [];
  if (cron === undefined && interval === undefined) issues.push(issue('cron', 'is missing; give cron or interval'));
  if (cron !== undefined && interval !== undefined) issues.push(issue('interval', 'excludes cron; give one of them'));
  const problem = cron === undefined ? null : cronProblem(cron);
  if (problem !== null) issues.push(issue('cron', problem));
  if (timezone !== undefined && !isTimeZone(timezone)) {
    issues.push(issue('timezone', `is no IANA time zone, such as "Europe/Berlin": "${timezone}"`));
  }
  if (startAt !== undefined && endAt !== undefined && Date.parse(endAt) <= Date.parse(startAt)) {
    issues.push(issue('endAt', 'must be later than startAt'));
  }
  const result = inputSchema?.validate(input);
  if (result && !result.ok) {
    issues.push(...result.issues.map(({ path, message }) => ({ path: ['trigger', 'input', ...path], message })));
  }
  return issues;
}
