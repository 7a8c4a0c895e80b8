import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RunPayloads } from '../../../src/modules/runs/payloads/run-payloads.js';
import { RunLedger } from '../../../src/modules/runs/run-ledger.js';
import { RunEntity } from '../../../src/modules/runs/run.entity.js';
import { ArmWebhooks } from '../../../src/modules/webhooks/arm/arm-webhooks.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { Database, dataSourceOptions } from '../../../src/platform/database/index.js';
import { Encryption, OrganizationKeyRepository } from '../../../src/platform/encryption/index.js';
import { aNewRun, aRunHead, type RunHead } from '../../factories/run.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/until.js';

let testDatabase: TestDatabase;
let dataSource: DataSource;
let database: Database;
let arms: ArmWebhooks;
/** As many as there are processes: they share nothing but the database. */
let ledgers: RunLedger[];
let head: RunHead;

beforeAll(async () => {
  testDatabase = await createDatabase('arms');
  const options = dataSourceOptions({ url: testDatabase.url, poolSize: 12, applicationName: 'test' }, [RunEntity]);
  dataSource = await new DataSource(options).initialize();
  database = new Database(dataSource);
  const payloads = new RunPayloads(new Encryption(loadSettings({}), new OrganizationKeyRepository(database)));
  arms = new ArmWebhooks(database);
  ledgers = [1, 2].map(() => new RunLedger(database, payloads));
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});
beforeEach(async () => {
  head = await aRunHead(testDatabase.url);
  await database.pool.query(`update workflows set status = 'draft' where id = $1`, [head.workflowId]);
});

const scope = (): [string, string] => [head.organizationId, head.workflowId];
const runs = async (): Promise<number> =>
  (await database.pool.query('select 1 from runs where workflow_id = $1', [head.workflowId])).rows.length;

const NOT_ARMED = new Error('not armed');
const start = (index = 0): Promise<unknown> =>
  (ledgers[index % ledgers.length] as RunLedger).insertIf(
    aNewRun(head, { anyStatus: true, trigger: 'webhook' }),
    async (tx) => {
      if (!(await arms.take(tx, ...scope()))) throw NOT_ARMED;
    },
  );

describe('one arm', () => {
  it.each(Array.from({ length: 20 }, (_, round) => round))(
    'lets one of a hundred runs in that come at once (%i)',
    async () => {
      await Promise.all([arms.arm(...scope()), arms.arm(...scope())]);
      const done = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => start(index)));
      expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(new Set(done.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])))).toEqual(
        new Set([NOT_ARMED]),
      );
      expect(await runs()).toBe(1);
    },
  );

  it('is there again when its taker dies before it has committed', async () => {
    await arms.arm(...scope());
    const taker = await database.pool.connect();
    taker.on('error', () => undefined);
    await taker.query('begin');
    const { rows } = await taker.query(
      'delete from webhook_arms where workflow_id = $1 returning pg_backend_pid() as pid',
      [head.workflowId],
    );
    const waiting = start();
    await until(async () => {
      const locked = await database.pool.query(`select 1 from pg_locks where not granted`);
      expect(locked.rows).not.toHaveLength(0);
    });
    await database.pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
    taker.release(true);
    expect(await waiting).not.toBeNull();
    await expect(start()).rejects.toBe(NOT_ARMED);
    expect(await runs()).toBe(1);
  });

  it('is there again when the run does not go in', async () => {
    await arms.arm(...scope());
    const broken = aNewRun(head, { anyStatus: true, priority: 1e9 });
    await expect(ledgers[0]?.insertIf(broken, async (tx) => void (await arms.take(tx, ...scope())))).rejects.toThrow();
    expect(await arms.isArmed(...scope())).toBe(true);
    await start();
    expect(await arms.isArmed(...scope())).toBe(false);
  });

  it('that ends while a call waits for another is not taken', async () => {
    await arms.arm(...scope());
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query(`update webhook_arms set armed_until = now() where workflow_id = $1`, [head.workflowId]);
    const waiting = start();
    await until(async () => {
      const locked = await database.pool.query(`select 1 from pg_locks where not granted`);
      expect(locked.rows).not.toHaveLength(0);
    });
    await client.query('commit');
    client.release();
    await expect(waiting).rejects.toBe(NOT_ARMED);
    expect(await runs()).toBe(0);
  });

  it('never waits in a circle with changes of the workflow', async () => {
    const deploy = () =>
      database.transaction(async (tx) => {
        await tx.query('select 1 from workflows where id = $1 for update', [head.workflowId]);
        await arms.disarmWithin(tx, ...scope());
      });
    const all = Array.from({ length: 30 }, () => [arms.arm(...scope()), deploy(), start().catch(() => null)]).flat();
    await Promise.all(all);
    expect(await runs()).toBeLessThanOrEqual(30);
  });
});
