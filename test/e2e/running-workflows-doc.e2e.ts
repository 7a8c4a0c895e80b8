import { afterAll, beforeAll, expect, it } from 'vitest';
import { aWorkflow, echoStep } from '../factories/workflow.js';
import { type ApiClient, type RunDto } from '../support/api.js';
import { runCurl } from '../support/curl.js';
import { commandsOf, fillIn } from '../support/document.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

/** Times of the examples, by how many hours they are ahead of the test. */
const TIMES = { '2026-12-01T06:00:00Z': 1, '2026-12-01T08:00:00Z': 3 };

let bed: TestBed;
let api: ApiClient;
let values: Record<string, string>;

beforeAll(async () => {
  bed = await openTestBed('doc');
  const guest = await bed.guest();
  ({ api } = guest);
  const { id } = await aWorkflow(api, { steps: [echoStep('first'), echoStep('second')] });
  const { body: run } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input: { order: 1 } });
  await api.send('PUT', `/api/v1/workflows/${id}`, { body: { steps: [echoStep('first'), echoStep('third')] } });
  values = { URL: bed.url, KEY: guest.key, WORKFLOW: id, RUN: run.id };
});
afterAll(() => bed.close());

it.each(commandsOf('docs/running-workflows.md'))('%s', async (command) => {
  let line = fillIn(command, values);
  for (const [time, hours] of Object.entries(TIMES))
    line = line.replaceAll(time, new Date(Date.now() + hours * 3_600_000).toISOString());
  const answer = JSON.parse(await runCurl(line)) as Record<string, unknown>;
  expect(answer).not.toHaveProperty('code');
  expect(Object.keys(answer)).not.toEqual([]);
});
