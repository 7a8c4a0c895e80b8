import { afterEach, describe, expect, it } from 'vitest';
import { whenOver } from '../support/api.js';
import { until } from '../support/until.js';
import { Crew } from './support/crew.js';
import { ownerOfPort } from './support/owner-of-port.js';
import { Scenario } from './support/scenario.js';
import { EFFECT, stepsInto } from './support/sink.js';

let scenario: Scenario;
afterEach(() => scenario.close());

const MAX_CRASHES = 2;
const NEIGHBOURS = 8;
const CONCURRENCY = 20;

describe.runIf(process.platform === 'linux')('a run whose worker dies each time', () => {
  it('fails with WORKER_CRASHED after as many starts as are allowed, and takes no other run with it', async () => {
    scenario = await Scenario.open('poison', {
      RUN_MAX_CRASHES: String(MAX_CRASHES),
      WORKER_CONCURRENCY: String(CONCURRENCY),
    });
    await scenario.startApi();
    const { client, api } = await scenario.player({ workflow: { steps: stepsInto(scenario.sink, '{{input.ms}}') } });
    // Claimed together, so their leases die together too.
    await client.burst(NEIGHBOURS, { input: { ms: 1000 } });
    const { runId = '' } = await client.run({ input: { ms: 60_000 } });
    const crew = new Crew(scenario);
    scenario.sink.onArrival = ({ runId: caller, port }) => {
      // A worker calls before it has said that it is ready.
      if (caller === runId) void until(() => ownerOfPort(port, crew.pids()) ?? null).then((pid) => crew.kill(pid));
    };
    crew.recruit();
    crew.recruit();
    await crew.ready(1);
    const load = client.steady(10, { input: { ms: 400 } });
    const run = await whenOver(api, runId, 60_000);
    await load.stop();
    await crew.settle();
    expect(run).toMatchObject({ status: 'failed', error: { code: 'WORKER_CRASHED' } });
    const starts = scenario.sink.effects.filter(({ idempotencyKey }) => idempotencyKey === `${runId}:${EFFECT}`);
    expect(starts).toHaveLength(MAX_CRASHES + 1);
    const allowance = { repeats: (MAX_CRASHES + 1) * CONCURRENCY, except: new Map([[runId, 'failed' as const]]) };
    expect(await scenario.verdict(allowance)).toEqual([]);
  });
});
