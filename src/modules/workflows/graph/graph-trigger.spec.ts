import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import type { GraphDefinition } from '../definition.js';
import { scheduleOf, triggerOf } from './graph-trigger.js';

const graphOf = (config: JsonObject, enabled = true): GraphDefinition => ({
  blocks: [{ id: 'start', type: 'starter', config, enabled }],
  edges: [],
  variables: {},
});
const daily = { schedule_enabled: true, schedule_cron: '0 9 * * *', schedule_timezone: 'Europe/Berlin' };

describe('the schedule of a starter', () => {
  it('is by cron or by interval', () => {
    expect(scheduleOf(graphOf(daily))).toEqual({ type: 'schedule', cron: '0 9 * * *', timezone: 'Europe/Berlin' });
    const each = { schedule_enabled: true, schedule_interval_value: 2, schedule_interval_unit: 'hours' };
    expect(scheduleOf(graphOf({ ...each, schedule_max_runs: 3, schedule_start_at: '2026-12-01T00:00:00Z' }))).toEqual({
      type: 'schedule',
      interval: { value: 2, unit: 'hours' },
      startAt: '2026-12-01T00:00:00Z',
      maxRuns: 3,
    });
    expect(scheduleOf(graphOf({ ...each, ...daily, schedule_type: 'interval' }))).toMatchObject({
      interval: { value: 2, unit: 'hours' },
    });
  });

  it('is none unless it is enabled', () => {
    expect(scheduleOf(graphOf({ ...daily, schedule_enabled: false }))).toBeNull();
    expect(scheduleOf(graphOf(daily, false))).toBeNull();
    expect(scheduleOf(undefined)).toBeNull();
  });
});

describe('the trigger of a changed graph', () => {
  const own = { type: 'schedule', cron: '0 1 * * *' } as const;

  it('is the schedule of its starter', () => {
    expect(triggerOf(graphOf(daily), { trigger: own })).toMatchObject({ cron: '0 9 * * *' });
  });

  it('stays what the native API made of it while the starter says the same', () => {
    const graph = graphOf(daily);
    for (const trigger of [own, { type: 'webhook' } as const, { ...own, enabled: false }])
      expect(triggerOf({ ...graph, color: 'red' }, { trigger, graph })).toEqual(trigger);
  });

  it('ends with it, and is otherwise what it was', () => {
    const graph = graphOf(daily);
    expect(triggerOf(graphOf({}), { trigger: scheduleOf(graph) ?? own, graph })).toEqual({ type: 'api' });
    expect(triggerOf(graphOf({}), { trigger: own, graph })).toEqual(own);
  });
});
