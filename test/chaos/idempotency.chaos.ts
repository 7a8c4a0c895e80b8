import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoStep } from '../factories/workflow.js';
import { Scenario } from './support/scenario.js';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await Scenario.open('one key in many requests');
  await Promise.all([scenario.startApi(), scenario.startApi()]);
  await scenario.startWorker();
});
afterAll(() => scenario.close());

describe('one idempotency key in many requests at once, at two API processes', () => {
  it('makes one run, and everybody is answered with it', async () => {
    const { client } = await scenario.player();
    for (let round = 0; round < 5; round++) {
      const answers = await client.burst(200, { idempotencyKey: randomUUID() });
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    }
    expect(await scenario.verdict()).toEqual([]);
  });

  it('with waiting callers makes one run, and everybody is answered with its end', async () => {
    const { client } = await scenario.player();
    const answers = await client.burst(100, { idempotencyKey: randomUUID(), wait: 10 });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await scenario.verdict()).toEqual([]);
  });

  it('of a pure workflow, executed on the spot, makes one run', async () => {
    const { client } = await scenario.player({ workflow: { steps: [echoStep()] } });
    for (let round = 0; round < 3; round++) {
      const answers = await client.burst(200, { idempotencyKey: randomUUID(), wait: 10 });
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    }
    expect(await scenario.verdict()).toEqual([]);
  });

  it('and two bodies: the first decides, the other is refused', async () => {
    const { client } = await scenario.player();
    for (let round = 0; round < 5; round++) {
      const idempotencyKey = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) => client.run({ idempotencyKey, input: { variant: index % 2 } })),
      );
      const accepted = answers.filter(({ outcome }) => outcome === 'ok');
      const refused = answers.filter(({ outcome }) => outcome !== 'ok');
      expect(new Set(accepted.map(({ input }) => input['variant'])).size).toBe(1);
      expect(accepted).toHaveLength(100);
      expect(new Set(refused.map(({ status, error }) => `${status} ${error}`))).toEqual(
        new Set(['422 IDEMPOTENCY_MISMATCH']),
      );
    }
    expect(await scenario.verdict({ progress: 0.5 })).toEqual([]);
  });
});
