import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api.js';
import { echoStep } from '../factories/workflow.js';
import { Scenario } from './support/scenario.js';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await Scenario.open('limits and revocation');
  await Promise.all([scenario.startApi(), scenario.startApi()]);
});
afterAll(() => scenario.close());

describe('two API processes', () => {
  it('count one budget: of 200 requests at once exactly the limit is accepted', async () => {
    const { client } = await scenario.player({
      workflow: { steps: [echoStep()] },
      settings: { rateLimits: { execute: 30, write: 100 } },
    });
    const answers = await client.burst(200, { wait: 10 });
    expect(answers.filter(({ outcome }) => outcome === 'ok')).toHaveLength(30);
    const refused = answers.filter(({ outcome }) => outcome !== 'ok');
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
    for (const { retryAfter } of refused) expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    expect(await scenario.verdict({ limit: 30, progress: 0.1 })).toEqual([]);
  });

  it('accept a key no more once its revocation has been answered, until the address itself is turned away', async () => {
    const { api, keyId } = await scenario.player();
    expect((await api.send('DELETE', `/api/v1/api-keys/${keyId}`)).status).toBeLessThan(300);
    const requests = Array.from({ length: 1000 }, (_, index) =>
      new ApiClient(scenario.apis[index % 2] ?? '', api.key).get('/api/v1/runs'),
    );
    const statuses = new Set((await Promise.all(requests)).map(({ status }) => status));
    expect([...statuses].filter((status) => status < 400)).toEqual([]);
  });
});
