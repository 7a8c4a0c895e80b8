import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../../src/app.module.js';
import { FireSchedules } from '../../../src/modules/schedules/fire-schedules.js';
import { ScheduleRepository } from '../../../src/modules/schedules/schedule.repository.js';
import { MoveWorkflow, SaveWorkflow, type ScheduleDefinition } from '../../../src/modules/workflows/index.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { aTenant, type Tenant } from '../../factories/tenant.js';
import { echoStep } from '../../factories/workflow.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

/** Two workers that never look by themselves: the tests hold the clock. */
let workers: INestApplicationContext[];
let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createDatabase('fire');
  const { url } = testDatabase;
  const settings = loadSettings({
    DATABASE_URL: url,
    ROLE: 'worker',
    SWEEP_INTERVAL_MS: '600000',
    LOG_LEVEL: 'silent',
  });
  const start = () => NestFactory.createApplicationContext(AppModule.register(settings, url), { logger: false });
  workers = [await start(), await start()];
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await testDatabase.drop();
});

const get = <T>(type: new (...args: never[]) => T, worker = 0): T =>
  (workers[worker] as INestApplicationContext).get(type, { strict: false });

const fireDue = (now: string, worker = 0) => get(FireSchedules, worker).fireDue(new Date(now));

/** An active workflow with this schedule, as if it had been activated at `since`. */
async function scheduled(
  schedule: Omit<ScheduleDefinition, 'type'>,
  since: string,
): Promise<Tenant & { workflowId: string }> {
  const tenant = await aTenant(testDatabase.url);
  const workflowId = await get(SaveWorkflow).create(tenant, {
    name: 'Test',
    trigger: { type: 'schedule', ...schedule },
    steps: [echoStep()],
  });
  await get(MoveWorkflow).execute(tenant.organizationId, workflowId, 'activate');
  const next = new Date(since);
  await sql('update schedules set next_run_at = $2, anchor_at = $2 where workflow_id = $1', [workflowId, next]);
  return { ...tenant, workflowId };
}

const sql = async <Row extends object>(text: string, values: unknown[]): Promise<Row[]> =>
  (await get(Database).pool.query(text, values)).rows as Row[];

/** The times of the runs so far. */
async function runTimes(workflowId: string): Promise<string[]> {
  const runs = await sql<{ start_at: Date }>('select start_at from runs where workflow_id = $1 order by start_at', [
    workflowId,
  ]);
  return runs.map(({ start_at }) => start_at.toISOString().slice(0, 16));
}

const scheduleOf = ({ organizationId, workflowId }: { organizationId: string; workflowId: string }) =>
  get(ScheduleRepository).findSchedule(organizationId, workflowId);

describe('a due time', () => {
  it('has one run, however many workers look', async () => {
    const workflow = await scheduled({ cron: '0 * * * *' }, '2026-05-01T10:00Z');
    await Promise.all(Array.from({ length: 100 }, (_, index) => fireDue('2026-05-01T10:00:01Z', index % 2)));
    expect(await runTimes(workflow.workflowId)).toEqual(['2026-05-01T10:00']);
    expect(await scheduleOf(workflow)).toMatchObject({ runsStarted: 1, nextRunAt: new Date('2026-05-01T11:00Z') });
  });

  it('has no second run after a crash between the start and the note of it, also when its key is forgotten', async () => {
    const workflow = await scheduled({ cron: '0 9 * * 1', timezone: 'UTC' }, '2026-05-04T09:00Z');
    await fireDue('2026-05-04T09:00Z');
    const first = await scheduleOf(workflow);
    for (const [now, forget] of [
      ['2026-05-04T09:01Z', false],
      ['2026-05-06T00:00Z', true],
    ] as const) {
      if (forget) await sql('delete from idempotency_keys', []);
      await sql('update schedules set next_run_at = $2, last_run_id = null, runs_started = 0 where workflow_id = $1', [
        workflow.workflowId,
        new Date('2026-05-04T09:00Z'),
      ]);
      await fireDue(now, 1);
      expect(await runTimes(workflow.workflowId)).toHaveLength(1);
      expect(await scheduleOf(workflow)).toMatchObject({ lastRunId: first?.lastRunId, runsStarted: 1 });
    }
  });
});

describe('over a change of the clocks', () => {
  it.each([
    [
      'the hour that is skipped is made up',
      '30 2 * * *',
      '2026-03-28T01:30Z',
      ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      'the hour that comes twice counts once',
      '30 2 * * *',
      '2026-10-24T00:30Z',
      ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    ['nine stays nine', '0 9 * * *', '2026-03-28T08:00Z', ['2026-03-28T08:00', '2026-03-29T07:00', '2026-03-30T07:00']],
  ])('%s', async (_, cron, since, expected) => {
    const { workflowId } = await scheduled({ cron, timezone: 'Europe/Berlin' }, since);
    const from = Date.parse(since);
    // The clock moves by twenty minutes, three days long.
    for (let now = from; now <= from + 49 * 3_600_000; now += 20 * 60_000) await fireDue(new Date(now).toISOString());
    expect(await runTimes(workflowId)).toEqual(expected);
  });
});

describe('a schedule', () => {
  it('ends after its last time, or its last run', async () => {
    const until = await scheduled({ cron: '0 * * * *', endAt: '2026-05-01T11:30:00Z' }, '2026-05-01T10:00Z');
    const counted = await scheduled({ interval: { value: 1, unit: 'hours' }, maxRuns: 2 }, '2026-05-01T10:00Z');
    for (const hour of [10, 11, 12, 13]) await fireDue(`2026-05-01T${hour}:00Z`);
    for (const workflow of [until, counted]) {
      expect(await runTimes(workflow.workflowId)).toEqual(['2026-05-01T10:00', '2026-05-01T11:00']);
      expect(await scheduleOf(workflow)).toMatchObject({ nextRunAt: null });
    }
  });

  it('makes up no time after its end', async () => {
    const { workflowId } = await scheduled({ cron: '0 * * * *', endAt: '2026-05-01T11:30:00Z' }, '2026-05-01T10:00Z');
    await fireDue('2026-05-03T00:00Z');
    expect(await runTimes(workflowId)).toEqual(['2026-05-01T11:00']);
  });
});
