import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScheduleDto } from '../../src/modules/schedules/dto/schedule.dto.js';
import { aDraft, aWorkflow, echoStep, workflowBody } from '../factories/workflow.js';
import { ApiClient, type Page, type RunDto, type RunSummaryDto, whenOver, type WorkflowDto } from '../support/api.js';
import { startRedis } from '../support/redis.js';
import { startServer } from '../support/server.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

const HOURLY = { type: 'schedule', cron: '0 * * * *' };
const redis = await startRedis();
afterAll(() => redis?.stop());

let bed: TestBed;
const bare = (id: string): string => id.slice(id.indexOf('_') + 1);

async function scheduleOf(api: ApiClient, workflowId: string): Promise<ScheduleDto> {
  const { status, body, text } = await api.get<ScheduleDto>(`/api/v1/workflows/${workflowId}/schedule`);
  expect(status, text).toBe(200);
  return body;
}

async function runsOf(api: ApiClient, workflowId: string): Promise<RunSummaryDto[]> {
  return (await api.get<Page<RunSummaryDto>>(`/api/v1/runs?workflowId=${workflowId}`)).body.data;
}

/** Moves the clock, as the schedule sees it: its next run lies `ago` in the past. */
const elapse = (workflowId: string, ago = '1 minute') =>
  bed.sql(`update schedules set next_run_at = date_trunc('minute', now()) - $2::interval where workflow_id = $1`, [
    bare(workflowId),
    ago,
  ]);

const move = (api: ApiClient, id: string, to: string) => api.post<WorkflowDto>(`/api/v1/workflows/${id}/${to}`);

describe.each([
  ['PostgreSQL', true],
  ['Redis', redis !== undefined],
])('schedules rung by %s', (queue, available) => {
  describe.skipIf(!available)('while the server runs', () => {
    const env = { SWEEP_INTERVAL_MS: '300', ...(queue === 'Redis' && redis && { REDIS_URL: redis.url }) };
    beforeAll(async () => {
      bed = await openTestBed('schedules', { env });
    });
    afterAll(() => bed.close());

    it('start a run at the time, with the input of the trigger, and go on', async () => {
      const { api } = await bed.guest();
      const { id } = await aWorkflow(api, { trigger: { ...HOURLY, input: { report: 'daily' } } });
      const before = await scheduleOf(api, id);
      expect(before).toMatchObject({ lastRunId: null, lastError: null, runsStarted: 0 });
      expect(before.nextTimes).toHaveLength(5);
      expect(before.nextTimes[0]).toBe(before.nextRunAt);
      await elapse(id);
      const [run] = await until(async () => {
        const runs = await runsOf(api, id);
        return runs.length > 0 && runs;
      });
      const over = await whenOver(api, run?.id ?? '');
      expect(over).toMatchObject({ status: 'completed', trigger: 'schedule', input: { report: 'daily' } });
      const after = await until(async () => {
        const schedule = await scheduleOf(api, id);
        return schedule.lastRunId !== null && schedule;
      });
      expect(after).toMatchObject({ nextRunAt: before.nextRunAt, lastRunId: run?.id, runsStarted: 1 });
      expect(Date.parse(after.lastRunAt ?? '')).toBeLessThan(Date.now());
    });

    it('make up the latest of the missed times, once', async () => {
      const { api } = await bed.guest();
      const { id } = await aWorkflow(api, { trigger: { type: 'schedule', cron: '*/10 * * * *' } });
      await elapse(id, '3 days');
      await until(async () => expect(await scheduleOf(api, id)).toMatchObject({ runsStarted: 1 }));
      const { lastRunAt, nextRunAt } = await scheduleOf(api, id);
      expect(Date.now() - Date.parse(lastRunAt ?? '')).toBeLessThan(10 * 60_000 + 5_000);
      expect(Date.parse(nextRunAt ?? '')).toBeGreaterThan(Date.now() - 5_000);
      expect(await runsOf(api, id)).toHaveLength(1);
    });
  });
});

describe('schedules', () => {
  beforeAll(async () => {
    bed = await openTestBed('schedules', { env: { SWEEP_INTERVAL_MS: '300' } });
  });
  afterAll(() => bed.close());

  it('that come due while no server runs start one run when two are back', async () => {
    const own = await openTestBed('stopped');
    const { api } = await own.guest();
    const { id } = await aWorkflow(api, { trigger: { type: 'schedule', interval: { value: 1, unit: 'minutes' } } });
    await own.server.stop();
    await own.sql(`update schedules set next_run_at = next_run_at - interval '1 hour'`);
    const env = { SWEEP_INTERVAL_MS: '100' };
    const servers = await Promise.all([1, 2].map(() => startServer({ databaseUrl: own.databaseUrl, env })));
    try {
      const again = new ApiClient(servers[0]?.url ?? '', api.key);
      await until(async () => expect(await scheduleOf(again, id)).toMatchObject({ runsStarted: 1, lastError: null }));
      expect(await runsOf(again, id)).toHaveLength(1);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await own.close();
    }
  });

  it('ring by themselves, without a sweep', async () => {
    const quiet = await openTestBed('bell', { env: { SWEEP_INTERVAL_MS: '600000' } });
    try {
      const { api } = await quiet.guest();
      const startAt = new Date(Date.now() + 2_000).toISOString();
      const trigger = { type: 'schedule', interval: { value: 1, unit: 'hours' }, startAt, maxRuns: 1 };
      const { id } = await aWorkflow(api, { trigger });
      await until(async () => expect(await runsOf(api, id)).toHaveLength(1), { timeoutMs: 20_000 });
      // The run is there first; what became of the time is noted after it.
      await until(async () => expect(await scheduleOf(api, id)).toMatchObject({ nextRunAt: null, lastRunAt: startAt }));
    } finally {
      await quiet.close();
    }
  });

  it('do not fire while the workflow is a draft, paused or archived, or the schedule not enabled', async () => {
    const { api } = await bed.guest();
    const { id } = await aDraft(api, { trigger: HOURLY });
    const nextRunAt = async () => (await scheduleOf(api, id)).nextRunAt;
    expect(await nextRunAt()).toBe(null);
    await move(api, id, 'activate');
    expect(await nextRunAt()).toEqual(expect.any(String));
    await move(api, id, 'pause');
    expect(await nextRunAt()).toBe(null);
    await move(api, id, 'resume');
    expect(await nextRunAt()).toEqual(expect.any(String));
    await api.send('PATCH', `/api/v1/workflows/${id}`, { body: { trigger: { ...HOURLY, enabled: false } } });
    expect(await nextRunAt()).toBe(null);
    await api.send('PATCH', `/api/v1/workflows/${id}`, { body: { trigger: HOURLY } });
    expect(await nextRunAt()).toEqual(expect.any(String));
    await move(api, id, 'archive');
    expect(await nextRunAt()).toBe(null);
  });

  it('follow an edit of the trigger, and are not shifted by one of the steps', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api, { trigger: { type: 'schedule', interval: { value: 3, unit: 'days' } } });
    const { nextRunAt } = await scheduleOf(api, id);
    await api.send('PATCH', `/api/v1/workflows/${id}`, { body: { steps: [echoStep('other')] } });
    expect(await scheduleOf(api, id)).toMatchObject({ nextRunAt });
    const trigger = { type: 'schedule', cron: '30 9 1 1 *', timezone: 'Europe/Berlin' };
    await api.send('PATCH', `/api/v1/workflows/${id}`, { body: { trigger } });
    expect((await scheduleOf(api, id)).nextRunAt).toMatch(/-01-01T08:30:00/);
    await api.send('PATCH', `/api/v1/workflows/${id}`, { body: { trigger: { type: 'api' } } });
    expect((await api.get(`/api/v1/workflows/${id}/schedule`)).status).toBe(404);
  });

  it('record why a time has no run, and try the next', async () => {
    const { api } = await bed.guest({ settings: { backlog: 0 } });
    const { id } = await aWorkflow(api, { trigger: HOURLY });
    await elapse(id);
    const failed = await until(async () => {
      const schedule = await scheduleOf(api, id);
      return schedule.lastError && schedule;
    });
    expect(failed).toMatchObject({ lastError: { code: 'BACKLOG_FULL' }, lastRunId: null, runsStarted: 0 });
    expect(Date.parse(failed.nextRunAt ?? '')).toBeGreaterThan(Date.now());
    expect(await runsOf(api, id)).toEqual([]);
  });

  it('are shown by lists with the workflow they belong to, and the trigger with the workflow', async () => {
    const { api } = await bed.guest();
    const trigger = { ...HOURLY, timezone: 'Asia/Kolkata', enabled: true };
    const ids = [];
    for (const name of ['a', 'b']) ids.unshift((await aWorkflow(api, { name, trigger })).id);
    await aWorkflow(api);
    const page = (await api.get<Page<ScheduleDto>>('/api/v1/schedules?limit=1')).body;
    expect(page).toMatchObject({ data: [{ workflowId: ids[0], trigger }], hasMore: true });
    const rest = (await api.get<Page<ScheduleDto>>(`/api/v1/schedules?cursor=${page.cursor}`)).body;
    expect(rest.data.map(({ workflowId }) => workflowId)).toEqual([ids[1]]);
    const { body } = await api.get<Page<WorkflowDto>>('/api/v1/workflows');
    expect(body.data.map((workflow) => workflow.trigger.type).sort()).toEqual(['api', 'schedule', 'schedule']);
  });

  it('do not keep a workflow from being run by a request', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api, { trigger: HOURLY });
    const { status, body } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`);
    expect([status, body.trigger]).toEqual([200, 'api']);
  });

  it.each([
    [{ type: 'schedule' }, '/trigger/cron'],
    [{ ...HOURLY, interval: { value: 1, unit: 'hours' } }, '/trigger/interval'],
    [{ type: 'schedule', cron: '0 0 9 * * 1' }, '/trigger/cron'],
    [{ type: 'schedule', cron: '99 * * * *' }, '/trigger/cron'],
    [{ type: 'schedule', cron: '0 0 31 2 *' }, '/trigger/cron'],
    [{ ...HOURLY, timezone: 'Mars/Base' }, '/trigger/timezone'],
    [{ type: 'schedule', interval: { value: 0, unit: 'hours' } }, '/trigger/interval/value'],
    [{ type: 'schedule', interval: { value: 1, unit: 'years' } }, '/trigger/interval/unit'],
    [{ ...HOURLY, startAt: '2027-01-02T00:00:00Z', endAt: '2027-01-01T00:00:00Z' }, '/trigger/endAt'],
    [{ ...HOURLY, startAt: 'tomorrow' }, '/trigger/startAt'],
    [{ ...HOURLY, input: { size: 'big' } }, '/trigger/input/size'],
    [{ type: 'api', cron: '0 * * * *' }, '/trigger/cron'],
    [{ type: 'cron' }, '/trigger/type'],
  ])('are refused with the path: %j', async (trigger, pointer) => {
    const { api } = await bed.guest();
    const inputSchema = { type: 'object', properties: { size: { type: 'number' } } };
    const body = workflowBody({ trigger, inputSchema });
    const answer = await api.post<{ errors: { pointer: string }[] }>('/api/v1/workflows', body);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.errors.map((error) => error.pointer)).toContain(pointer);
  });
});

describe.skipIf(!redis)('a bell that is lost with everything else in Redis', () => {
  it('costs no run', async () => {
    bed = await openTestBed('lost-bell', { env: { SWEEP_INTERVAL_MS: '300', REDIS_URL: redis?.url ?? '' } });
    const client = new Redis(redis?.url ?? '');
    try {
      const { api } = await bed.guest();
      const { id } = await aWorkflow(api, { trigger: HOURLY });
      await client.flushall();
      await elapse(id);
      await until(async () => expect(await runsOf(api, id)).toHaveLength(1));
    } finally {
      client.disconnect();
      await bed.close();
    }
  });
});
