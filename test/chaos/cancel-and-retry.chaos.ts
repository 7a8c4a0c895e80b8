import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, type Problem, whenOver } from '../support/api.js';
import { until } from '../support/until.js';
import type { Operation } from './support/history.js';
import { type Player, Scenario } from './support/scenario.js';
import { stepsInto } from './support/sink.js';

let scenario: Scenario;
afterEach(() => scenario.close());

const RUNS = 50;
const UNFINISHED = `select from runs where status in ('queued', 'running', 'waiting')`;
const EITHER = ['completed', 'cancelled'] as const;

const idsOf = (operations: Operation[]): string[] => operations.map(({ runId = '' }) => runId);

/** Cancels; the answer must be 200 with the run's status. */
async function cancel({ api }: Player, runId: string): Promise<string> {
  const { status, body } = await api.post<{ success: boolean; status: string }>(`/api/v1/runs/${runId}/cancel`);
  expect({ status, success: body.success }).toEqual({ status: 200, success: true });
  return body.status;
}

const count = async (status: string): Promise<number> =>
  (await scenario.sql<{ count: number }>('select count(*)::int from runs where status = $1', [status]))[0]?.count ?? 0;

/** Every run is cancelled, by the time within which a worker that does not answer is given up. */
async function allCancelled(player: Player, ids: string[]): Promise<void> {
  for (const id of ids)
    expect(await whenOver(player.api, id, 10_000)).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
}

describe('cancelling a run', () => {
  it('ends it in every state, and twice is as good as once', async () => {
    scenario = await Scenario.open('cancel in every state');
    await scenario.startApi();
    const effect = await scenario.player({ workflow: { steps: stepsInto(scenario.sink, 20_000) } });
    const waiting = await scenario.player({
      workflow: { steps: [{ id: 'pause', type: 'wait', config: { duration: 3_600_000 } }] },
    });
    const queued = idsOf(await effect.client.burst(RUNS));
    const answers = await Promise.all(queued.flatMap((id) => [cancel(effect, id), cancel(effect, id)]));
    expect(new Set(answers)).toEqual(new Set(['cancelled']));

    await scenario.startWorker({ WORKER_CONCURRENCY: '200' });
    const parked = idsOf(await waiting.client.burst(RUNS));
    await until(async () => (await count('waiting')) === RUNS);
    await Promise.all(parked.flatMap((id) => [cancel(waiting, id), cancel(waiting, id)]));
    await allCancelled(waiting, parked);

    const running = idsOf(await effect.client.burst(RUNS));
    await until(() => scenario.sink.inFlight() === RUNS);
    await Promise.all(running.flatMap((id) => [cancel(effect, id), cancel(effect, id)]));
    await allCancelled(effect, running);
    expect(await scenario.verdict({ endings: ['cancelled'] })).toEqual([]);
  });

  it('at any moment of its life ends it as cancelled, or as what it had become', async () => {
    scenario = await Scenario.open('cancel at any moment');
    await scenario.startApi();
    const steps = [
      { id: 'first', type: 'wait', config: { duration: 30 } },
      ...stepsInto(scenario.sink, 20),
      { id: 'second', type: 'wait', config: { duration: 30 } },
    ];
    const player = await scenario.player({ workflow: { steps } });
    await scenario.startWorker();
    const told = new Map<string, string>();
    const lives = Array.from({ length: 4 * RUNS }, async (_, index) => {
      const { runId = '' } = await player.client.run();
      await delay(index);
      told.set(runId, await cancel(player, runId));
    });
    await Promise.all(lives);
    await until(async () => (await scenario.sql(UNFINISHED)).length === 0);
    for (const { id, status } of await scenario.sql<{ id: string; status: string }>('select id, status from runs')) {
      const answer = told.get(id) ?? '';
      if (EITHER.some((ending) => ending === answer)) expect([id, status]).toEqual([id, answer]);
    }
    expect(await scenario.verdict({ endings: EITHER })).toEqual([]);
  });

  it('whose worker is dead ends it as well', async () => {
    scenario = await Scenario.open('cancel a run of a dead worker', { RUN_LEASE_MS: '60000' });
    await scenario.startApi();
    const player = await scenario.player({ workflow: { steps: stepsInto(scenario.sink, 20_000) } });
    const worker = await scenario.startWorker();
    const ids = idsOf(await player.client.burst(5));
    await until(() => scenario.sink.inFlight() === 5);
    await worker.kill();
    await scenario.startWorker();
    for (const id of ids) expect(await cancel(player, id)).toBe('running');
    await allCancelled(player, ids);
    expect(await scenario.verdict({ endings: ['cancelled'] })).toEqual([]);
  });
});

describe('retrying a failed run', () => {
  it('fifty times at once, while two workers are at it, opens exactly one new attempt', async () => {
    scenario = await Scenario.open('parallel retries');
    await scenario.startApi();
    // An attempt lasts until the last of the requests has come.
    const steps = stepsInto(scenario.sink, 2000).map((step) => ({ ...step, retry: { maxAttempts: 1 } }));
    const player = await scenario.player({ workflow: { steps } });
    await Promise.all([scenario.startWorker(), scenario.startWorker()]);
    scenario.sink.status = 500;
    const { runId = '' } = await player.client.run();
    for (let attempt = 1; attempt <= 2; attempt++) {
      expect(await whenOver(player.api, runId)).toMatchObject({ status: 'failed', attempt });
      if (attempt === 2) scenario.sink.status = 200;
      const retry = (): Promise<Answer<Problem>> => player.api.post(`/api/v1/runs/${runId}/retry`);
      const answers = await Promise.all(Array.from({ length: RUNS }, retry));
      const refused = answers.filter(({ status }) => status !== 202);
      expect(refused).toHaveLength(RUNS - 1);
      for (const { status, body } of refused)
        expect([status, body.code, body.retryable]).toEqual([400, 'INVALID_STATUS', false]);
    }
    expect(await whenOver(player.api, runId)).toMatchObject({ status: 'completed', attempt: 3 });
    expect(await scenario.verdict({ repeats: 2 })).toEqual([]);
  });
});
