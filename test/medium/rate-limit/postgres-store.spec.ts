import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { PostgresStore } from '../../../src/modules/rate-limit/postgres-store.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { type Connected, connect } from '../auth/connect.js';
import { describeRateStore } from './rate-store.conformance.js';

const PART_MS = 1000;

describeRateStore('PostgreSQL', async () => {
  const testDatabase = await createDatabase('rate');
  const { database, close } = await connect(testDatabase.url);
  return {
    store: new PostgresStore(database),
    // Whole parts, as the store's own clock: rounded up, so that at least this time passes.
    advance: async (ms) => {
      await database.pool.query('update rate_windows set newest = newest - $1::int', [Math.ceil(ms / PART_MS)]);
    },
    close: async () => {
      await close();
      await testDatabase.drop();
    },
  };
});

describe('processes that share PostgreSQL', () => {
  let testDatabase: TestDatabase;
  let processes: [Connected, Connected];
  beforeAll(async () => {
    testDatabase = await createDatabase('rate');
    processes = [await connect(testDatabase.url), await connect(testDatabase.url)];
  });
  afterAll(async () => {
    for (const one of processes) await one.close();
    await testDatabase.drop();
  });

  it('together accept exactly the limit', async () => {
    const stores = processes.map(({ database }) => new PostgresStore(database));
    const key = newId();
    const hits = Array.from({ length: 100 }, () => stores.map((store) => store.take(key, 30))).flat();
    expect((await Promise.all(hits)).filter((taken) => taken.accepted)).toHaveLength(30);
  });

  it('do not deadlock over many keys in different orders', async () => {
    const stores = processes.flatMap(({ database }) => [new PostgresStore(database), new PostgresStore(database)]);
    const keys = Array.from({ length: 50 }, newId);
    const rounds = stores.flatMap((store, index) => {
      const order = index % 2 ? [...keys].reverse() : keys;
      return Array.from({ length: 5 }, () => order.map((key) => store.take(key, 7))).flat();
    });
    const taken = await Promise.all(rounds);
    expect(taken.filter((one) => one.accepted)).toHaveLength(50 * 7);
  });

  it('forget the rows of keys without a hit in the window, and no others', async () => {
    const [{ database }] = processes;
    const store = new PostgresStore(database);
    const [idle, live] = [newId(), newId()];
    await store.take(idle, 1);
    await store.take(live, 1);
    await database.pool.query('update rate_windows set newest = newest - 61 where key = $1', [idle]);
    await store.forget();
    const { rows } = await database.pool.query('select key from rate_windows where key = any ($1)', [[idle, live]]);
    expect(rows).toEqual([{ key: live }]);
  });
});
