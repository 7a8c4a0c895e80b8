import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import { type Cluster, startCluster } from './support/cluster.js';
import { Scenario } from './support/scenario.js';

let cluster: Cluster;
let scenario: Scenario;
beforeAll(async () => {
  cluster = await startCluster();
  scenario = await Scenario.open('database restarts', { databaseUrl: cluster.url });
});
afterAll(async () => {
  await scenario.close();
  await cluster.remove();
});

const DOWN_MS = 2_000;
const CONCURRENCY = 20;

async function isReady(url: string): Promise<boolean> {
  return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })).ok;
}

describe('a database that crashes under load', () => {
  it('three times: requests are answered 503 at once, runs go on after it, and none that was accepted is lost', async () => {
    const api = await scenario.startApi();
    await scenario.watch();
    const env = { WORKER_CONCURRENCY: String(CONCURRENCY) };
    await Promise.all([scenario.startWorker(env), scenario.startWorker(env)]);
    const { client } = await scenario.player();
    const load = client.steady(20);
    for (const signal of ['SIGQUIT', 'SIGKILL', 'SIGQUIT'] as const) {
      await delay(3_000);
      await cluster.crash(signal);
      expect(await isReady(api.url)).toBe(false);
      await delay(DOWN_MS);
      await cluster.start();
      await until(() => isReady(api.url), { timeoutMs: 5_000 });
    }
    await delay(3_000);
    await load.stop();
    await client.repeatUnanswered();
    expect(scenario.history.operations.some(({ status }) => status === 503)).toBe(true);
    expect(scenario.ended()).toEqual([]);
    expect(await scenario.verdict({ repeats: 3 * 2 * CONCURRENCY, progress: 0.5 })).toEqual([]);
  });
});
