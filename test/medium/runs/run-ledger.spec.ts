import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type NewRun, RunLedger } from '../../../src/modules/runs/run-ledger.js';
import { RunEntity } from '../../../src/modules/runs/run.entity.js';
import { RunRepository } from '../../../src/modules/runs/run.repository.js';
import { LOCK_CLAIMS } from '../../../src/modules/runs/sql/claim-due-runs.sql.js';
import { RunPayloads } from '../../../src/modules/runs/payloads/run-payloads.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { Encryption, OrganizationKeyRepository } from '../../../src/platform/encryption/index.js';
import { Database, dataSourceOptions } from '../../../src/platform/database/index.js';
import { aNewRun, aRunHead, type RunHead } from '../../factories/run.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

const CLAIM = { leaseMs: 60_000, concurrency: 100, maxCrashes: 3, lastChance: true };

let testDatabase: TestDatabase;
let dataSource: DataSource;
let database: Database;
let ledger: RunLedger;
let runs: RunRepository;
let head: RunHead;
beforeAll(async () => {
  testDatabase = await createDatabase('ledger');
  const options = dataSourceOptions({ url: testDatabase.url, poolSize: 5, applicationName: 'test' }, [RunEntity]);
  dataSource = await new DataSource(options).initialize();
  database = new Database(dataSource);
  ledger = new RunLedger(
    database,
    new RunPayloads(new Encryption(loadSettings({}), new OrganizationKeyRepository(database))),
  );
  runs = new RunRepository(database);
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});

/** Claims look at every organization, so each test begins without runs. */
beforeEach(async () => {
  await database.pool.query('delete from runs');
  head = await aRunHead(testDatabase.url);
});

async function insert(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => ledger.insert(aRun())));
}

const aRun = (): NewRun => aNewRun(head);

describe('a run that is asked to cancel while its worker lets it go', () => {
  for (const status of ['waiting', 'queued'] as const) {
    it(`is not left ${status}, and the sweep cancels it`, async () => {
      await insert(1);
      const [run] = await ledger.claim(1, CLAIM);
      if (!run) throw new Error('nothing was claimed');
      expect(await runs.cancelRuns(run.organizationId, [run.id])).toEqual([{ id: run.id, status: 'running' }]);
      const ending = { status, output: null, error: null, wakeAt: new Date(), signals: 0, lastSeq: 2 };
      const events = [{ type: 'run.started' as const, at: new Date().toISOString(), attempt: 1 }];
      expect(await ledger.write({ ...run, ...ending, events })).toBe(false);
      await database.pool.query(`update runs set cancel_requested_at = now() - interval '6 s'`);
      expect(await ledger.endOverdue(CLAIM.maxCrashes)).toEqual([run.id]);
      expect(await runs.findStatus(run.organizationId, run.id)).toBe('cancelled');
    });
  }
});

describe('runs that lost their workers together', () => {
  /** As many times as leaves them one more start. */
  const crash = () => database.pool.query('update runs set crashes = $1, due_at = now()', [CLAIM.maxCrashes - 1]);

  it('are claimed together as long as another crash does not end them', async () => {
    await insert(5);
    await ledger.claim(10, CLAIM);
    await database.pool.query('update runs set crashes = $1, due_at = now()', [CLAIM.maxCrashes - 2]);
    expect(await ledger.claim(10, { ...CLAIM, lastChance: false })).toHaveLength(5);
  });

  it('are claimed one at a time on their last chance, beside any number of others', async () => {
    await insert(5);
    await ledger.claim(10, CLAIM);
    await crash();
    await insert(3);
    const first = await ledger.claim(10, CLAIM);
    expect(first).toHaveLength(4);
    expect(first.filter(({ lastChance }) => lastChance)).toHaveLength(1);
    expect(await ledger.claim(10, { ...CLAIM, lastChance: false })).toEqual([]);
    expect(await ledger.claim(10, CLAIM)).toHaveLength(1);
  });

  it('end after the crash that was one too many', async () => {
    await insert(1);
    await ledger.claim(1, CLAIM);
    await crash();
    const [run] = await ledger.claim(1, CLAIM);
    await database.pool.query('update runs set due_at = now()');
    expect(await ledger.claim(1, CLAIM)).toEqual([]);
    expect(await ledger.endOverdue(CLAIM.maxCrashes)).toEqual([run?.id]);
  });
});

describe('a worker that is stopped in the middle of a claim', () => {
  it('does not hold up the others for long', async () => {
    await insert(1);
    const stopped = await database.pool.connect();
    stopped.on('error', () => undefined);
    await stopped.query(LOCK_CLAIMS);
    expect(await ledger.claim(1, CLAIM)).toHaveLength(1);
    stopped.release(true);
  });
});
