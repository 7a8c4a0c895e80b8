import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GraphWorkflowCreatedDto } from '../../src/dialects/graphs/dto/workflow.dto.js';
import { runCurl } from '../support/curl.js';
import { commandsOf, fillIn } from '../support/document.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let values: Record<string, string>;

beforeAll(async () => {
  bed = await openTestBed('graphs_doc');
  const { api, key } = await bed.guest();
  const { body } = await api.post<GraphWorkflowCreatedDto>('/api/workflows', {
    name: 'Summarizer',
    variables: { language: 'en' },
  });
  values = { URL: bed.url, KEY: key, GRAPH: body.id };
});
afterAll(() => bed.close());

it.each(commandsOf('docs/graphs.md'))('%s', async (command) => {
  const answer = await runCurl(fillIn(command, values));
  expect(answer).not.toContain('"error":"');
  if (command.includes('/execute/stream')) {
    expect(answer).toContain('"type":"block_complete","block_id":"summarize"');
    expect(answer.trimEnd().split('\n').at(-1)).toMatch(/^data: \{"type":"done","execution_id":"[0-9a-f-]{36}"\}$/);
  } else if (command.includes('/execute"')) {
    const { output } = JSON.parse(answer) as { output: object };
    expect(output).toEqual({
      language: 'en',
      summary: expect.stringContaining('Workflows are graphs of blocks.') as string,
    });
  } else {
    expect(Object.keys(JSON.parse(answer) as object)).not.toEqual([]);
  }
});
