import { readFileSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { type RunFilter, selectRuns } from '../../../src/modules/runs/run-filter.js';
import { RunEntity } from '../../../src/modules/runs/run.entity.js';
import { dataSourceOptions } from '../../../src/platform/database/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

/** With several thousand pages of runs, a list that walks over what it does not show reads more than a page of 20 may cost. */
const RUNS = 40_000;
const NEIGHBOURS_RUNS = 10_000;
const PAGES_READ = 200;
const HISTORY = readFileSync('test/factories/run-history.sql', 'utf8');

const organizationId = newId();
const workflows = Array.from({ length: 10 }, newId);
const [busiest = '', second = ''] = workflows;
const now = new Date();
const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);

let testDatabase: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  testDatabase = await createDatabase('lists');
  const options = dataSourceOptions({ url: testDatabase.url, poolSize: 2, applicationName: 'test' }, [RunEntity]);
  dataSource = await new DataSource(options).initialize();
  await dataSource.query(HISTORY, [organizationId, RUNS, workflows, now, newId()]);
  await dataSource.query(HISTORY, [newId(), NEIGHBOURS_RUNS, [newId(), newId()], now, newId()]);
  await dataSource.query('vacuum analyze runs');
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});

const select = (filter: Omit<RunFilter, 'limit'>, limit = 21) =>
  selectRuns(dataSource.manager, organizationId, { ...filter, limit });

interface Plan {
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
}

/** Pages that PostgreSQL touches for a list, and its plan. */
async function pagesRead(filter: Omit<RunFilter, 'limit'>): Promise<{ pages: number; plan: string }> {
  const [text, values] = select(filter).getQueryAndParameters();
  const rows = await dataSource.query<{ 'QUERY PLAN': [{ Plan: Plan }] }[]>(
    `explain (analyze, buffers, format json) ${text}`,
    values,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (!plan) throw new Error('PostgreSQL explained nothing');
  return { pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], plan: JSON.stringify(plan, null, 1) };
}

const FILTERS: [string, Omit<RunFilter, 'limit'>][] = [
  ['all runs', {}],
  ...(['completed', 'failed', 'cancelled', 'timed_out', 'queued', 'running', 'waiting'] as const).map(
    (status): [string, RunFilter] => [status, { status, limit: 0 }],
  ),
  ...(['api', 'test', 'webhook', 'schedule'] as const).map((trigger): [string, RunFilter] => [
    trigger,
    { trigger, limit: 0 },
  ]),
  ['of a workflow', { workflowId: second }],
  ['of a workflow that is none', { workflowId: newId() }],
  ['of the workflows of a bound key', { within: [busiest, second] }],
  ['failed, of a workflow that never fails', { status: 'failed', workflowId: busiest }],
  ['timed out, of a workflow', { status: 'timed_out', workflowId: second }],
  ['tests, of a workflow without any', { trigger: 'test', workflowId: busiest }],
  ['of schedules, of a workflow', { trigger: 'schedule', workflowId: second }],
  ['cancelled, of schedules', { status: 'cancelled', trigger: 'schedule' }],
  ['of the last day', { since: daysAgo(1) }],
  ['until long ago', { until: daysAgo(80) }],
  ['until before the first', { until: daysAgo(400) }],
  ['of a week long ago', { since: daysAgo(80), until: daysAgo(73) }],
  ['of a week long ago, of a workflow', { since: daysAgo(80), until: daysAgo(73), workflowId: second }],
  ['failed, of a week long ago', { since: daysAgo(80), until: daysAgo(73), status: 'failed' }],
  ['cancelled, of the last day', { since: daysAgo(1), status: 'cancelled' }],
];

describe('a list of runs reads what it shows, however many there are', () => {
  it.each(FILTERS)('%s', async (_name, filter) => {
    const first = await pagesRead(filter);
    expect(first.pages, first.plan).toBeLessThan(PAGES_READ);
    const [run] = await select(filter).offset(20).limit(1).getMany();
    if (!run) return;
    const next = await pagesRead({ ...filter, before: run.id });
    expect(next.pages, next.plan).toBeLessThan(PAGES_READ);
  });

  it('on a page far down too', async () => {
    const [deep] = await select({})
      .offset(RUNS - 100)
      .limit(1)
      .getMany();
    for (const filter of [{}, { status: 'completed' }, { trigger: 'api' }] as const) {
      const { pages, plan } = await pagesRead({ ...filter, before: deep?.id ?? '' });
      expect(pages, plan).toBeLessThan(PAGES_READ);
    }
  });
});

describe('the times of a list', () => {
  it('are those of creation, to the millisecond', async () => {
    const [run] = await select({}).offset(1000).limit(1).getMany();
    const at = run?.createdAt ?? now;
    const justAfter = new Date(at.getTime() + 1);
    expect((await select({ since: at }, RUNS).getMany()).map(({ id }) => id)).toContain(run?.id);
    expect((await select({ since: at, until: justAfter }).getMany()).map(({ id }) => id)).toEqual([run?.id]);
    expect((await select({ until: at }).getMany()).map(({ id }) => id)).not.toContain(run?.id);
  });

  it('count where the id was made by another clock, some seconds off', async () => {
    const [run] = await select({}).offset(2000).limit(1).getMany();
    const created = new Date((run?.createdAt ?? now).getTime() + 20_000);
    await dataSource.query('update runs set created_at = $2 where id = $1', [run?.id, created]);
    const found = await select({ since: created, until: new Date(created.getTime() + 1) }).getMany();
    expect(found.map(({ id }) => id)).toEqual([run?.id]);
  });
});
