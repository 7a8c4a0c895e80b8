import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import { Scenario } from './support/scenario.js';

let scenario: Scenario;
afterEach(() => scenario.close());

const OVER = `select count(*)::int as count from runs where status = 'completed'`;

describe('an API process that is killed between commit and bell', () => {
  it('answers nobody; the run is made by the next sweep, and its key finds it', async () => {
    scenario = await Scenario.open('API killed between commit and bell');
    const steady = await scenario.startApi();
    const { client } = await scenario.player();
    await scenario.startWorker();
    let made = 0;
    for (const count of [1, 3, 8]) {
      const doomed = await scenario.startApi({ NODE_ENV: 'test', FAULT_AT: `after_insert:${count}` });
      scenario.apis.splice(0, Infinity, steady.url);
      const lost = await client.burst(count, { url: doomed.url });
      expect(lost.map(({ outcome }) => outcome)).toContain('info');
      await until(() => doomed.process.signalCode === 'SIGKILL');
      // The fault comes after the insert of the last one; nobody rings, and nobody asks.
      made += count;
      await until(async () => (await scenario.sql<{ count: number }>(OVER))[0]?.count === made);
      for (const repeated of await client.repeatUnanswered()) {
        expect(repeated).toMatchObject({ outcome: 'ok', replayed: true });
      }
    }
    expect(await scenario.verdict({ progress: 0.5 })).toEqual([]);
  });
});
