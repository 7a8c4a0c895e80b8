import { afterEach, describe, expect, it } from 'vitest';
import { whenOver } from '../support/api.js';
import { until } from '../support/until.js';
import { type Player, Scenario } from './support/scenario.js';
import { stepsInto } from './support/sink.js';

let scenario: Scenario;
afterEach(() => scenario.close());

const inStatus = async ({ organizationId }: Player, status: string): Promise<number> => {
  const text = 'select count(*)::int as count from runs where organization_id = $1 and status = $2';
  return (await scenario.sql<{ count: number }>(text, [organizationId, status]))[0]?.count ?? 0;
};

describe('organizations that share workers', () => {
  it('have their turns: five runs do not wait for the five hundred of another', async () => {
    scenario = await Scenario.open('fairness');
    await scenario.startApi();
    const workflow = { steps: stepsInto(scenario.sink, 200) };
    const crowd = await scenario.player({ workflow });
    const guest = await scenario.player({ workflow });
    await crowd.client.burst(500);
    const env = { WORKER_CONCURRENCY: '10' };
    await Promise.all([scenario.startWorker(env), scenario.startWorker(env)]);
    await until(async () => (await inStatus(crowd, 'completed')) > 0);
    const few = await guest.client.burst(5);
    for (const { runId = '' } of few) await whenOver(guest.api, runId);
    expect(await inStatus(crowd, 'queued')).toBeGreaterThan(100);
    expect(await scenario.verdict({}, 30_000)).toEqual([]);
  });

  it('keep to their own cap over all workers', async () => {
    scenario = await Scenario.open('cap');
    await scenario.startApi();
    const workflow = { steps: stepsInto(scenario.sink, 150) };
    const capped = await scenario.player({ workflow, settings: { concurrency: 3 } });
    const free = await scenario.player({ workflow });
    await capped.client.burst(60);
    await Promise.all([scenario.startWorker(), scenario.startWorker()]);
    const others = free.client.steady(20);
    const seen: number[] = [];
    await until(
      async () => {
        seen.push(await inStatus(capped, 'running'));
        return (await inStatus(capped, 'completed')) === 60;
      },
      { timeoutMs: 30_000, intervalMs: 10 },
    );
    await others.stop();
    expect(Math.max(...seen)).toBe(3);
    expect(await scenario.verdict()).toEqual([]);
  });
});
