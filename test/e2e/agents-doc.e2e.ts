import { afterAll, beforeAll, expect, it } from 'vitest';
import { aWorkflow } from '../factories/workflow.js';
import { runCurl } from '../support/curl.js';
import { commandsOf, fillIn } from '../support/document.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let values: Record<string, string>;

beforeAll(async () => {
  bed = await openTestBed('agents_doc');
  const { api, key } = await bed.guest();
  const { id: workflow } = await aWorkflow(api);
  const { body: agent } = await api.post<{ id: string }>('/api/v1/agents', { name: 'Summarizer' });
  values = { URL: bed.url, KEY: key, WORKFLOW: workflow, AGENT: agent.id };
});
afterAll(() => bed.close());

it.each(commandsOf('docs/agents.md'))('%s', async (command) => {
  const answer = JSON.parse(await runCurl(fillIn(command, values))) as Record<string, unknown>;
  expect(answer).not.toHaveProperty('code');
  expect(answer).not.toHaveProperty('error');
  expect(Object.keys(answer)).not.toEqual([]);
});
