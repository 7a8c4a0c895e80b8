import { v7 } from 'uuid';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { OrganizationEntity, Organizations } from '../../../src/modules/organizations/index.js';
import { RunRetention } from '../../../src/modules/runs/run-retention.js';
import { RunEntity } from '../../../src/modules/runs/run.entity.js';
import { RunRepository } from '../../../src/modules/runs/run.repository.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { Database, dataSourceOptions } from '../../../src/platform/database/index.js';
import { aTenant } from '../../factories/tenant.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

const NOW = new Date('2026-11-01T12:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;
const running = new AbortController().signal;

let testDatabase: TestDatabase;
let dataSource: DataSource;
let database: Database;
let retention: RunRetention;
beforeAll(async () => {
  testDatabase = await createDatabase('retention');
  const options = dataSourceOptions({ url: testDatabase.url, poolSize: 5, applicationName: 'test' }, [
    OrganizationEntity,
    RunEntity,
  ]);
  dataSource = await new DataSource(options).initialize();
  database = new Database(dataSource);
  retention = new RunRetention(new Organizations(database), new RunRepository(database), loadSettings({}));
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});

/** Runs that were created, and if they are over ended, so many days ago. Each has an event and a signal. */
async function runsOf(
  organizationId: string,
  ages: number[],
  { status = 'completed', endedAgo = 0 } = {},
): Promise<string[]> {
  const ids = ages.map((days) => v7({ msecs: NOW.getTime() - days * DAY_MS }));
  const ended = status === 'completed' ? ages.map((days) => new Date(NOW.getTime() - (endedAgo || days) * DAY_MS)) : [];
  await database.pool.query(
    `with run as (
      insert into runs (organization_id, id, workflow_id, version_id, workflow_version, status, trigger, input, last_seq, max_duration_ms,
        created_at, completed_at)
      select $1, id, $2, $2, 1, $4, 'api', '{}', 1, 1000, $5, ended from unnest($3::uuid[], $6::timestamptz[]) r (id, ended)
      returning id
    ), event as (insert into run_events select $1, id, 1, '[]' from run)
    insert into run_signals (organization_id, run_id, step_id, payload) select $1, id, 's', '{}' from run`,
    [organizationId, newId(), ids, status, NOW, ended.length > 0 ? ended : ids.map(() => null)],
  );
  return ids;
}

/** Of the organization: its runs, and how many rows hang on them. */
async function kept(organizationId: string): Promise<{ ids: string[]; rows: number }> {
  const { rows } = await database.pool.query<{ ids: string[] | null; rows: number }>(
    `select (select array_agg(id order by id) from runs where organization_id = $1) as ids,
      (select count(*)::int from run_events where organization_id = $1) + (select count(*)::int from run_signals where organization_id = $1) as rows`,
    [organizationId],
  );
  return { ids: rows[0]?.ids ?? [], rows: rows[0]?.rows ?? 0 };
}

describe('retention', () => {
  it('removes what ended longer ago than 30 days, with all that hangs on it', async () => {
    const { organizationId } = await aTenant(testDatabase.url);
    const [, , young, today] = await runsOf(organizationId, [400, 31, 29, 0]);
    await retention.removeOldRuns(NOW, running);
    expect(await kept(organizationId)).toEqual({ ids: [young, today], rows: 4 });
  });

  it('leaves runs that are not over, or have ended lately, however old', async () => {
    const { organizationId } = await aTenant(testDatabase.url);
    for (const status of ['queued', 'running', 'waiting']) await runsOf(organizationId, [90], { status });
    await runsOf(organizationId, [60], { endedAgo: 10 });
    await runsOf(organizationId, [50]);
    await retention.removeOldRuns(NOW, running);
    expect((await kept(organizationId)).ids).toHaveLength(4);
  });

  it("follows each organization's own setting", async () => {
    const short = await aTenant(testDatabase.url, { settings: { retentionDays: 7 } });
    const long = await aTenant(testDatabase.url, { settings: { retentionDays: 90 } });
    for (const { organizationId } of [short, long]) await runsOf(organizationId, [100, 60, 8, 6]);
    await retention.removeOldRuns(NOW, running);
    expect((await kept(short.organizationId)).ids).toHaveLength(1);
    expect((await kept(long.organizationId)).ids).toHaveLength(3);
  });

  it('goes on over several batches, past runs that stay', async () => {
    const { organizationId } = await aTenant(testDatabase.url);
    await runsOf(organizationId, [80], { status: 'waiting' });
    await runsOf(
      organizationId,
      Array.from({ length: 1_200 }, (_, index) => 60 - index / 100),
    );
    await runsOf(organizationId, [1]);
    expect(await retention.removeOldRuns(NOW, running)).toBe(1_200);
    expect((await kept(organizationId)).ids).toHaveLength(2);
  });

  it('stops with the server, and leaves the rest to the next time', async () => {
    const { organizationId } = await aTenant(testDatabase.url);
    await runsOf(organizationId, [60]);
    expect(await retention.removeOldRuns(NOW, AbortSignal.abort())).toBe(0);
    expect(await retention.removeOldRuns(NOW, running)).toBe(1);
  });
});
