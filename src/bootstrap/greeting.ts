import { EXAMPLE_INPUT } from './example-workflow.js';
import type { FirstStartResult } from './first-start.js';

/** What the terminal shows once the server answers. */
export function greeting(url: string, first: FirstStartResult | null): string {
  const lines = [`Runhook is listening on ${url}`, `  API documentation  ${url}/docs`];
  if (first) lines.push(...firstSteps(url, first));
  return `${lines.join('\n')}\n`;
}

function firstSteps(url: string, { key, workflowId }: FirstStartResult): string[] {
  const auth = `-H 'Authorization: Bearer ${key}'`;
  const body = `-H 'Content-Type: application/json' -d '${JSON.stringify({ input: EXAMPLE_INPUT })}'`;
  const run = `${url}/api/v1/workflows/${workflowId}/run`;
  return [
    `  API key            ${key}`,
    '                     Shown this once: keep it.',
    '',
    'Run the example workflow and wait for the result:',
    `  curl -X POST '${run}?wait=10' ${auth} ${body}`,
    '',
    'Start it and get the result later:',
    `  curl -X POST '${run}' ${auth} ${body}`,
    '',
    'See its runs:',
    `  curl '${url}/api/v1/runs?limit=5' ${auth}`,
    '',
  ];
}
