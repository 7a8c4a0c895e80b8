import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis.js';
import { Scenario, type Environment } from './support/scenario.js';

let scenario: Scenario;
afterEach(() => scenario.close());

/** Load on an API process and two workers while the queue is emptied five times. */
async function underLoad(name: string, env: Environment, empty: () => Promise<unknown>): Promise<string[]> {
  scenario = await Scenario.open(name, env);
  await scenario.startApi();
  await Promise.all([
    scenario.startWorker({ WORKER_CONCURRENCY: '5' }),
    scenario.startWorker({ WORKER_CONCURRENCY: '5' }),
  ]);
  const { client } = await scenario.player();
  const load = client.steady(25);
  for (let times = 0; times < 5; times++) {
    await delay(1000);
    await empty();
  }
  await load.stop();
  return scenario.verdict();
}

/** The next run is made because a bell rang: no sweep comes within the time that it is given. */
async function theBellStillRings(name: string, env: Environment, empty: () => Promise<unknown>): Promise<string[]> {
  scenario = await Scenario.open(name, { ...env, SWEEP_INTERVAL_MS: '120000' });
  await scenario.startApi();
  await scenario.startWorker();
  const { client } = await scenario.player();
  await client.burst(3);
  await empty();
  await client.burst(3);
  return scenario.verdict({}, 10_000);
}

/** Everything that BullMQ has, save the version of its schema. */
const EMPTY = `do $$ begin execute (
  select 'truncate ' || string_agg(format('bullmq.%I', tablename), ', ') from pg_tables
  where schemaname = 'bullmq' and tablename not like '%migration%'
); end $$`;

describe('a queue that is emptied', () => {
  it('in PostgreSQL loses no run', async () => {
    expect(await underLoad('queue tables truncated', {}, () => scenario.sql(EMPTY))).toEqual([]);
  });

  it('in PostgreSQL goes on ringing', async () => {
    expect(await theBellStillRings('bell after truncation', {}, () => scenario.sql(EMPTY))).toEqual([]);
  });
});

const redis = await startRedis();
afterAll(() => redis?.stop());

describe.skipIf(!redis)('a queue that is flushed', () => {
  const env = { REDIS_URL: redis?.url ?? '' };
  const flush = async (): Promise<void> => {
    const client = new Redis(env.REDIS_URL);
    await client.flushall();
    client.disconnect();
  };

  it('in Redis loses no run', async () => {
    expect(await underLoad('Redis flushed', env, flush)).toEqual([]);
  });

  it('in Redis goes on ringing', async () => {
    expect(await theBellStillRings('bell after a flush', env, flush)).toEqual([]);
  });
});
