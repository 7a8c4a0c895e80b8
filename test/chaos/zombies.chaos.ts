import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import type { ServerProcess } from '../support/server.js';
import { Scenario } from './support/scenario.js';
import { stepsInto } from './support/sink.js';

let scenario: Scenario;
afterEach(() => scenario.close());

const CONCURRENCY = 8;
const ENV = { WORKER_CONCURRENCY: String(CONCURRENCY) };
const UNFINISHED = `select from runs where status in ('queued', 'running', 'waiting')`;

/** A worker that is stopped with runs in hand, and another one that has taken them and is calling the sink again. */
async function stopInMidStep(): Promise<{ zombie: ServerProcess; other: ServerProcess }> {
  const zombie = await scenario.startWorker(ENV);
  await until(() => scenario.sink.inFlight() === CONCURRENCY);
  zombie.process.kill('SIGSTOP');
  const other = await scenario.startWorker(ENV);
  await until(() => scenario.sink.effects.length > CONCURRENCY);
  return { zombie, other };
}

const whenAllAreOver = (): Promise<boolean> =>
  until(async () => (await scenario.sql(UNFINISHED)).length === 0, { timeoutMs: 15_000 });

describe('a worker that was stopped for longer than its leases', () => {
  it('writes nothing to runs that others have ended, and works on', async () => {
    scenario = await Scenario.open('zombie that comes back late');
    await scenario.startApi();
    const { client } = await scenario.player({ workflow: { steps: stepsInto(scenario.sink, 1000) } });
    await client.burst(CONCURRENCY);
    const { zombie, other } = await stopInMidStep();
    await whenAllAreOver();
    zombie.process.kill('SIGCONT');
    await other.stop();
    // Only the one that came back can make these.
    await client.burst(CONCURRENCY);
    await whenAllAreOver();
    expect(await scenario.verdict({ repeats: CONCURRENCY })).toEqual([]);
  });

  it('writes nothing to runs that others are executing', async () => {
    scenario = await Scenario.open('zombie that comes back in between');
    await scenario.startApi();
    const { client } = await scenario.player({ workflow: { steps: stepsInto(scenario.sink, 1500) } });
    await client.burst(CONCURRENCY);
    const { zombie } = await stopInMidStep();
    zombie.process.kill('SIGCONT');
    expect(await scenario.verdict({ repeats: CONCURRENCY })).toEqual([]);
  });
});
