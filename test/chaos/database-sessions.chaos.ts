import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { whenIn, whenOver } from '../support/api.js';
import { until } from '../support/until.js';
import { Scenario } from './support/scenario.js';
import { stepsInto } from './support/sink.js';

let scenario: Scenario;
afterEach(() => scenario.close());

const OURS = `datname = current_database() and pid <> pg_backend_pid()`;
const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity where ${OURS}`;
/** The wake-ups of each process, and the worker's two queues. */
const LISTENING = `${OURS} and application_name in ('runhook-signals', 'runs', 'maintenance')`;
const LISTENERS = 4;

describe('database sessions that are terminated', () => {
  it('all of them, every second for ten seconds, end no process and lose no run', async () => {
    scenario = await Scenario.open('sessions terminated');
    await scenario.startApi();
    await Promise.all([scenario.startWorker(), scenario.startWorker()]);
    const { client } = await scenario.player();
    const load = client.steady(25);
    for (let second = 0; second < 10; second++) {
      const pause = delay(1000);
      await scenario.sql(TERMINATE);
      await pause;
    }
    await load.stop();
    await client.repeatUnanswered();
    // A worker keeps trying to write what it did; should its lease end meanwhile, another one calls again.
    expect(await scenario.verdict({ repeats: 20 })).toEqual([]);
    expect(scenario.ended()).toEqual([]);
  });

  it('that listen only: bells and wake-ups arrive again', async () => {
    // Nothing but the bell starts a run, and nothing but the wake-up stops one, within the time this test takes.
    const slow = { SWEEP_INTERVAL_MS: '120000', RUN_LEASE_MS: '600000' };
    scenario = await Scenario.open('listening sessions terminated', slow);
    await scenario.startApi();
    await scenario.startWorker();
    const { client, api } = await scenario.player({ workflow: { steps: stepsInto(scenario.sink, '{{input.ms}}') } });
    for (let round = 0; round < 3; round++) {
      const listening = (): Promise<{ pid: number }[]> =>
        scenario.sql(`select pid from pg_stat_activity where ${LISTENING}`);
      await until(async () => (await listening()).length === LISTENERS);
      const old = (await listening()).map(({ pid }) => pid);
      await scenario.sql(`${TERMINATE} and ${LISTENING}`);
      await until(async () => {
        const now = (await listening()).map(({ pid }) => pid);
        return now.length === LISTENERS && !now.some((pid) => old.includes(pid));
      });
      const { runId = '' } = await client.run({ input: { ms: 60_000 } });
      await whenIn(api, runId, ['running'], 5_000);
      await api.post(`/api/v1/runs/${runId}/cancel`);
      expect(await whenOver(api, runId, 5_000)).toMatchObject({ status: 'cancelled' });
    }
    expect(await scenario.verdict({ endings: ['cancelled'] })).toEqual([]);
  });
});
