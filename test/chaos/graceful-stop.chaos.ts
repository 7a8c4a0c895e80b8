import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { readSse } from '../support/sse.js';
import { until } from '../support/until.js';
import { Scenario } from './support/scenario.js';
import { stepsInto } from './support/sink.js';

let scenario: Scenario;
afterEach(() => scenario.close());

const STOPPED_WITHIN_MS = 30_000;
const CRASHES = 'select coalesce(sum(crashes), 0)::int as crashes from runs';

describe('a process that is told to stop', () => {
  it('as an API under load answers what it has begun, and cuts nobody off', async () => {
    scenario = await Scenario.open('graceful stop of an API');
    const doomed = await scenario.startApi();
    await scenario.startApi();
    const { client } = await scenario.player();
    const slow = await scenario.player({ workflow: { steps: stepsInto(scenario.sink, 6000) } });
    await scenario.startWorker();
    const load = client.steady(100, { url: doomed.url });
    const waiting = slow.client.run({ url: doomed.url, wait: 30 });
    const { runId = '' } = await slow.client.run();
    const stream = readSse(
      await fetch(`${doomed.url}/api/v1/runs/${runId}/events`, { headers: slow.api.credential() }),
    );
    expect(await stream.next()).toMatchObject({ value: { event: 'run.queued' } });
    await delay(1000);
    const begun = Date.now();
    expect(await doomed.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - begun).toBeLessThan(STOPPED_WITHIN_MS);
    await load.stop();
    scenario.apis.shift();
    // Who waits or listens is told to come back: the answer and the stream end as they should.
    expect(await waiting).toMatchObject({ status: 202 });
    for await (const { event } of stream) expect(event).not.toBe('run.completed');
    const repeated = await client.repeatUnanswered();
    // A request that met a closed connection has left nothing, so none of those that were begun was cut off.
    expect(repeated.filter(({ replayed }) => replayed)).toEqual([]);
    expect(scenario.history.operations.filter(({ status = 0 }) => status >= 500)).toEqual([]);
    expect(await scenario.verdict({ progress: 0.5 })).toEqual([]);
  });

  it('as a worker ends the runs in hand, and leaves the others to the next', async () => {
    scenario = await Scenario.open('graceful stop of workers');
    await scenario.startApi();
    const { client } = await scenario.player();
    const load = client.steady(15);
    let worker = await scenario.startWorker({ WORKER_CONCURRENCY: '8' });
    for (let round = 0; round < 2; round++) {
      const next = await scenario.startWorker({ WORKER_CONCURRENCY: '8' });
      const begun = Date.now();
      expect(await worker.stop()).toEqual({ code: 0, signal: null });
      expect(Date.now() - begun).toBeLessThan(STOPPED_WITHIN_MS);
      worker = next;
    }
    await load.stop();
    expect(await scenario.verdict()).toEqual([]);
    expect(await scenario.sql(CRASHES)).toEqual([{ crashes: 0 }]);
  });

  it('as a worker with runs that take too long hands them over at once', async () => {
    // No sweep and no dead lease comes in time: the next worker is told.
    scenario = await Scenario.open('hand-over', {
      SHUTDOWN_TIMEOUT_MS: '500',
      RUN_LEASE_MS: '600000',
      SWEEP_INTERVAL_MS: '600000',
    });
    await scenario.startApi();
    const { client } = await scenario.player({ workflow: { steps: stepsInto(scenario.sink, 5000) } });
    const worker = await scenario.startWorker();
    await client.burst(5);
    await until(() => scenario.sink.inFlight() === 5);
    await scenario.startWorker();
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    expect(await scenario.verdict({ repeats: 5 })).toEqual([]);
    expect(await scenario.sql(CRASHES)).toEqual([{ crashes: 0 }]);
  });
});
