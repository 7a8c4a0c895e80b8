import { isDeepStrictEqual } from 'node:util';
import type { IntervalUnit } from '#libs/schedule';
import type { GraphDefinition, ScheduleDefinition, TriggerDefinition } from '../definition.js';

/** What a starter block says of its schedule. */
interface StarterSchedule {
  schedule_enabled?: boolean;
  schedule_type?: 'cron' | 'interval';
  schedule_cron?: string;
  schedule_interval_value?: number;
  schedule_interval_unit?: IntervalUnit;
  schedule_timezone?: string;
  schedule_start_at?: string;
  schedule_end_at?: string;
  schedule_max_runs?: number;
}

/** The schedule in the starter of a graph, as a trigger; null without one. Whether it makes sense is checked like any other's. */
export function scheduleOf(graph: GraphDefinition | undefined): ScheduleDefinition | null {
  const starters = (graph?.blocks ?? []).filter(({ type, enabled }) => type === 'starter' && enabled !== false);
  const config = starters
    .map((block) => (block.config ?? {}) as StarterSchedule)
    .find(({ schedule_enabled: enabled }) => enabled === true);
  if (!config) return null;
  const {
    schedule_cron: cron,
    schedule_interval_value: value,
    schedule_interval_unit: unit = 'minutes',
    schedule_type: type = cron ? 'cron' : 'interval',
    schedule_timezone: timezone,
    schedule_start_at: startAt,
    schedule_end_at: endAt,
    schedule_max_runs: maxRuns,
  } = config;
  return {
    type: 'schedule',
    ...(type === 'cron' && cron && { cron }),
    ...(type === 'interval' && value && { interval: { value, unit } }),
    ...(timezone && { timezone }),
    ...(startAt && { startAt }),
    ...(endAt && { endAt }),
    ...(maxRuns && { maxRuns }),
  };
}

/**
 * The trigger of a workflow whose graph changes: what it was, unless the schedule in the starter changes. Then it is that, or none where the
 * starter has no schedule any more.
 */
export function triggerOf(
  graph: GraphDefinition,
  { trigger, graph: old }: { trigger: TriggerDefinition; graph?: GraphDefinition },
): TriggerDefinition {
  const [now, before] = [scheduleOf(graph), scheduleOf(old)];
  if (isDeepStrictEqual(now, before)) return trigger;
  return now ?? (isDeepStrictEqual(trigger, before) ? { type: 'api' } : trigger);
}
