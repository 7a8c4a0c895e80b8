import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConcurrencyKeys } from '../../../src/modules/runs/concurrency-keys.js';
import { RunPayloads } from '../../../src/modules/runs/payloads/run-payloads.js';
import { type ClaimedRun, type NewRun, RunLedger } from '../../../src/modules/runs/run-ledger.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { Encryption, OrganizationKeyRepository } from '../../../src/platform/encryption/index.js';
import { RunEntity } from '../../../src/modules/runs/run.entity.js';
import { RunRepository } from '../../../src/modules/runs/run.repository.js';
import type { RunStatus } from '../../../src/modules/runs/run.status.js';
import { LOCK_CONCURRENCY_KEY } from '../../../src/modules/runs/sql/concurrency-key.sql.js';
import { Database, dataSourceOptions } from '../../../src/platform/database/index.js';
import { aNewRun, aRunHead, type RunHead } from '../../factories/run.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

const CLAIM = { leaseMs: 60_000, concurrency: 1_000, maxCrashes: 3, lastChance: true };

let testDatabase: TestDatabase;
let dataSource: DataSource;
let database: Database;
let payloads: RunPayloads;
let ledger: RunLedger;
let runs: RunRepository;
/** As many as there are processes: they share nothing but the database. */
let processes: ConcurrencyKeys[];
let head: RunHead;

beforeAll(async () => {
  testDatabase = await createDatabase('keys');
  const options = dataSourceOptions({ url: testDatabase.url, poolSize: 12, applicationName: 'test' }, [RunEntity]);
  dataSource = await new DataSource(options).initialize();
  database = new Database(dataSource);
  payloads = new RunPayloads(new Encryption(loadSettings({}), new OrganizationKeyRepository(database)));
  ledger = new RunLedger(database, payloads);
  runs = new RunRepository(database);
  processes = [1, 2].map(() => new ConcurrencyKeys(database, new RunLedger(database, payloads), runs));
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});

beforeEach(async () => {
  await database.pool.query('delete from runs');
  head = await aRunHead(testDatabase.url);
});

const aRun = (key: string, more: Partial<NewRun> = {}): NewRun => aNewRun(head, { concurrencyKey: key, ...more });

const scopeOf = (key: string) => ({ ...head, key });
const keysOf = (index: number): ConcurrencyKeys => processes[index % processes.length] as ConcurrencyKeys;

/** Inserts a run and lets it start if its turn has come, as {@link StartRun} does. */
async function queue(run: NewRun, index = 0): Promise<void> {
  expect(await keysOf(index).enter(run, 'queue')).not.toBe(null);
  await keysOf(index).admit([scopeOf(run.concurrencyKey ?? '')]);
}

const claim = (): Promise<ClaimedRun[]> => ledger.claim(100, CLAIM);

function finish(run: ClaimedRun, status: RunStatus = 'completed', from = ledger): Promise<boolean> {
  const error = status === 'failed' ? { code: 'STEP_ERROR', message: 'no' } : null;
  const events = [{ type: 'run.started' as const, at: new Date().toISOString(), attempt: 1 }];
  return from.write({ ...run, status, output: null, error, wakeAt: null, lastSeq: run.lastSeq + 1, events });
}

const idsOf = (some: { id: string }[]): string[] => some.map(({ id }) => id);
const holders = async (): Promise<number> =>
  (await database.pool.query(`select 1 from runs where completed_at is null and due_at <> 'infinity'`)).rows.length;

describe('queued runs of one key', () => {
  it('start one after the other, by priority and then in order of creation', async () => {
    const first = aRun('k');
    await queue(first);
    const [low, alsoLow, high] = [aRun('k'), aRun('k'), aRun('k', { priority: 5 })];
    for (const run of [low, alsoLow, high]) await queue(run);
    const order: string[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const claimed = await claim();
      expect(claimed).toHaveLength(1);
      expect(await claim()).toEqual([]);
      order.push(...idsOf(claimed));
      await finish(claimed[0] as ClaimedRun, turn % 2 === 0 ? 'completed' : 'failed');
    }
    expect(order).toEqual(idsOf([first, high, low, alsoLow]));
  });

  it('do not wait for runs of other keys or other workflows', async () => {
    await queue(aRun('k'));
    await queue(aRun('other'));
    expect(await claim()).toHaveLength(2);
  });

  it('are never two at once and never forgotten, however inserts, ends and cancels meet', async () => {
    const total = 60;
    const all = Array.from({ length: total }, () => aRun('k'));
    const inserting = Promise.all(all.map((run, index) => queue(run, index)));
    let ended = 0;
    let cancelled = 0;
    const victims = all.filter((_, index) => index % 5 === 0);
    const cancelling = inserting.then(async () => {
      for (const { id } of victims) cancelled += (await runs.cancelRuns(head.organizationId, [id])).length;
    });
    const worker = async (): Promise<void> => {
      const own = new RunLedger(database, payloads);
      for (;;) {
        const claimed = await own.claim(10, CLAIM);
        expect(claimed.length).toBeLessThanOrEqual(1);
        for (const run of claimed) ended += Number(await finish(run, 'completed', own));
        if (claimed.length === 0 && (await unfinished()) === 0) return;
        expect(await holders()).toBeLessThanOrEqual(1);
      }
    };
    const unfinished = async (): Promise<number> => {
      await inserting;
      return (await database.pool.query('select 1 from runs where completed_at is null')).rows.length;
    };
    await Promise.all([inserting, cancelling, worker(), worker()]);
    expect(cancelled).toBeGreaterThan(0);
    expect(ended).toBeGreaterThan(0);
    const { rows } = await database.pool.query<{ status: RunStatus }>('select status from runs');
    expect(rows.filter(({ status }) => status === 'completed' || status === 'cancelled')).toHaveLength(total);
  });

  it('that nobody admitted, because the process died, are found by the sweep', async () => {
    const run = aRun('k');
    await processes[0]?.enter(run, 'queue');
    expect(await claim()).toEqual([]);
    await ledger.admitStalled();
    expect(await ledger.nextDueIn(10_000)).toBeLessThanOrEqual(0);
    expect(idsOf(await claim())).toEqual([run.id]);
  });

  it('are left alone by the sweep while another holds the key', async () => {
    await queue(aRun('k'));
    await claim();
    await queue(aRun('k'));
    await ledger.admitStalled();
    expect(await ledger.nextDueIn(10_000)).toBe(null);
    expect(await claim()).toEqual([]);
  });

  it('go on when the holder is ended by the sweep', async () => {
    await queue(aRun('k'));
    await claim();
    const next = aRun('k');
    await queue(next);
    await database.pool.query(`update runs set deadline_at = now() - interval '1 h' where status = 'running'`);
    await ledger.endOverdue(CLAIM.maxCrashes);
    expect(idsOf(await claim())).toEqual([next.id]);
  });

  it('that end in line let nobody else start', async () => {
    await queue(aRun('k'));
    await claim();
    const [second, third] = [aRun('k'), aRun('k')];
    for (const run of [second, third]) await queue(run);
    await runs.cancelRuns(head.organizationId, [second.id]);
    expect(await claim()).toEqual([]);
  });

  it('wait for their start without holding the key', async () => {
    const later = aRun('k', { startAt: new Date(Date.now() + 3_600_000) });
    await queue(later);
    const now = aRun('k');
    await queue(now);
    expect(idsOf(await claim())).toEqual([now.id]);
    await database.pool.query('update runs set start_at = now() where id = $1', [later.id]);
    expect(await claim()).toEqual([]);
    await database.pool.query(`delete from runs where id = $1`, [now.id]);
    expect(await ledger.nextDueIn(10_000)).toBeLessThanOrEqual(0);
    expect(idsOf(await claim())).toEqual([later.id]);
  });

  it('take their turn again when they are retried', async () => {
    const [first, second] = [aRun('k'), aRun('k')];
    for (const run of [first, second]) await queue(run);
    await finish((await claim())[0] as ClaimedRun, 'failed');
    expect(await runs.retryRuns(head.organizationId, [{ id: first.id, sealed: false, queueTtlMs: 60_000 }])).toEqual([
      first.id,
    ]);
    await processes[0]?.admit([scopeOf('k')]);
    const [claimed] = await claim();
    expect(claimed?.id).toBe(second.id);
    await finish(claimed as ClaimedRun);
    expect(idsOf(await claim())).toEqual([first.id]);
  });
});

describe('a run that enters while another of its key is unfinished', () => {
  const enterAll = (count: number, mode: 'reject' | 'use_existing' | 'cancel_in_progress') =>
    Promise.all(Array.from({ length: count }, (_, index) => keysOf(index).enter(aRun('k'), mode)));

  it('is refused with reject: of a hundred at once, one goes in', async () => {
    const entered = await enterAll(100, 'reject');
    expect(entered.filter((one) => one && 'inserted' in one)).toHaveLength(1);
    expect(await claim()).toHaveLength(1);
  });

  it('is that one with use_existing: a hundred at once are one run', async () => {
    const entered = await enterAll(100, 'use_existing');
    expect(entered.filter((one) => one && 'inserted' in one)).toHaveLength(1);
    const [claimed] = await claim();
    expect(entered.flatMap((one) => (one && 'unfinished' in one ? [one.unfinished] : []))).toEqual(
      Array.from({ length: 99 }, () => claimed?.id),
    );
  });

  it('cancels it with cancel_in_progress, and starts when it has ended', async () => {
    await queue(aRun('k'));
    const [running] = await claim();
    const [inLine, last] = [aRun('k'), aRun('k')];
    await queue(inLine);
    const entered = await processes[0]?.enter(last, 'cancel_in_progress');
    expect(entered).toMatchObject({ cancelled: expect.arrayContaining([running?.id, inLine.id]) as string[] });
    expect(await runs.findStatus(head.organizationId, inLine.id)).toBe('cancelled');
    expect(await claim()).toEqual([]);
    await finish(running as ClaimedRun, 'cancelled');
    expect(idsOf(await claim())).toEqual([last.id]);
  });

  it('is not held up for long by a process that is stopped in the middle of its decision', async () => {
    const stopped = await database.pool.connect();
    stopped.on('error', () => undefined);
    await stopped.query('begin');
    await stopped.query(LOCK_CONCURRENCY_KEY, [head.organizationId, head.workflowId, 'k']);
    expect(await processes[0]?.enter(aRun('k'), 'reject')).toMatchObject({ cancelled: [] });
    stopped.release(true);
  });

  it('leaves one with cancel_in_progress, of many at once', async () => {
    await enterAll(40, 'cancel_in_progress');
    const { rows } = await database.pool.query(`select 1 from runs where status = 'queued'`);
    expect(rows).toHaveLength(1);
    expect(await claim()).toHaveLength(1);
  });
});

it('the database itself refuses a second holder', async () => {
  for (const run of [aRun('k'), aRun('k')]) await queue(run);
  await expect(database.pool.query('update runs set due_at = now()')).rejects.toThrow('runs_key_holder');
});
