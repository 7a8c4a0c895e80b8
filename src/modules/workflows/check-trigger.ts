import type { Validator } from '#libs/json-schema';
import { cronProblem, isTimeZone } from '#libs/schedule';
import type { Issue } from '../../platform/errors/index.js';
import type { ScheduleDefinition, TriggerDefinition, WebhookTrigger } from './definition.js';
import { given } from './given.js';
import { checkVerification } from './webhook-definition.js';

/** What is wrong with a trigger whose shape has been validated. Members that are null count as absent. */
export function checkTrigger(trigger: TriggerDefinition, input: Validator | null): Issue[] {
  const { type, ...rest } = trigger;
  const members = given<Partial<Record<string, unknown>>>(rest);
  const foreign = Object.keys(members).flatMap((member) => {
    const owner = WEBHOOK_MEMBERS.includes(member) ? 'webhook' : 'schedule';
    return owner === type ? [] : [issue(member, `belongs to triggers of type "${owner}"`)];
  });
  switch (type) {
    case 'schedule':
      return [...foreign, ...checkSchedule(members, input)];
    case 'webhook':
      return [...foreign, ...checkWebhook(members)];
    default:
      return foreign;
  }
}

const WEBHOOK_MEMBERS = ['verification', 'answer'];

function checkWebhook({ verification }: Partial<WebhookTrigger>): Issue[] {
  if (verification === undefined) return [];
  return checkVerification(verification).map(({ path, message }) => ({
    path: ['trigger', 'verification', ...path],
    message,
  }));
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
