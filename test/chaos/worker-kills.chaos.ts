import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import { Crew } from './support/crew.js';
import { Scenario } from './support/scenario.js';

const KILLS = 30;
const PAUSE_MS = 900;
const CONCURRENCY = 10;

let scenario: Scenario;
afterEach(() => scenario.close());

describe('workers that are killed', () => {
  it('in mid-step, thirty times, lose no run and end none wrongly', async () => {
    scenario = await Scenario.open('worker kills');
    await scenario.startApi();
    const { client } = await scenario.player();
    const crew = new Crew(scenario, { WORKER_CONCURRENCY: String(CONCURRENCY) });
    for (let i = 0; i < 3; i++) crew.recruit();
    await crew.ready(3);
    const load = client.steady(8);
    for (let kill = 0; kill < KILLS; kill++) {
      const pause = delay(PAUSE_MS);
      // Two are at work when one of them dies.
      await crew.ready(2);
      await until(() => scenario.sink.inFlight() > 0);
      await crew.kill();
      await pause;
    }
    await load.stop();
    expect(await scenario.verdict({ repeats: KILLS * CONCURRENCY }, 10_000)).toEqual([]);
    await crew.settle();
  });

  it('right after a run ended do not repeat it', async () => {
    scenario = await Scenario.open('worker killed after the end of a run');
    await scenario.startApi();
    const { client } = await scenario.player();
    const fault = { NODE_ENV: 'test', FAULT_AT: 'after_terminal_commit:3', WORKER_CONCURRENCY: '1' };
    await client.burst(12);
    for (let kill = 0; kill < 3; kill++) {
      const worker = await scenario.startWorker(fault);
      await until(() => worker.process.signalCode === 'SIGKILL', { timeoutMs: 15_000 });
    }
    await scenario.startWorker({ WORKER_CONCURRENCY: '1' });
    expect(await scenario.verdict()).toEqual([]);
  });
});
