import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDraft, aWorkflow } from '../factories/workflow.js';
import {
  type ApiClient,
  type Envelope,
  type Refusal,
  type RunAcceptedDto,
  type RunDto,
  whenOver,
} from '../support/api.js';
import { runCurl } from '../support/curl.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

const hasRequests = spawnSync('python3', ['-c', 'import requests']).status === 0;
if (!hasRequests)
  process.stderr.write('\nWARNING: no python3 with requests, the Python sample of contract 001 is SKIPPED.\n\n');

/** The input schema that contract 001 shows. */
const CUSTOMER_SCHEMA = {
  type: 'object',
  required: ['customerId', 'amount'],
  properties: {
    customerId: { type: 'string', pattern: '^cus_[a-zA-Z0-9]+$' },
    amount: { type: 'number', minimum: 100 },
    currency: { type: 'string', enum: ['usd', 'eur', 'gbp'], default: 'usd' },
  },
};
const ORDER = [
  { productId: 'widget', quantity: 2, price: 1999 },
  { productId: 'gadget', quantity: 1, price: 500 },
];

let bed: TestBed;
let guest: Guest;
/** In the style of contract 001. */
let api: ApiClient;
let customerWorkflow: string;

beforeAll(async () => {
  bed = await openTestBed('seed001');
  guest = await bed.guest();
  api = guest.api.in('x-api-key');
  customerWorkflow = (await aWorkflow(api, { name: 'Create Invoice', inputSchema: CUSTOMER_SCHEMA })).id;
});
afterAll(() => bed.close());

/** A sample as published, with nothing but host, ids and key replaced. */
function sample(name: string, ids: Record<string, string> = {}): string {
  const published = readFileSync(new URL(`seed-001/${name}.txt`, import.meta.url), 'utf8');
  const replaced = {
    'http://localhost:3000': bed.url,
    'https://api.example.com': bed.url,
    YOUR_API_KEY: guest.key,
    ...ids,
  };
  return Object.entries(replaced).reduce((text, [from, to]) => text.replaceAll(from, to), published);
}

async function runScript(program: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, API_KEY: guest.key } });
  return stdout;
}
const runJavaScript = (...parts: string[]): Promise<string> =>
  runScript(process.execPath, ['--input-type=module', '--eval', parts.join('\n')]);

const printedRun = (output: string): string => /^Run ID: (run_\S+)$/m.exec(output)?.[1] ?? `no run in: ${output}`;
const accepted = (output: string): RunAcceptedDto => (JSON.parse(output) as Envelope<RunAcceptedDto>).data;

describe('the published samples run as they stand', () => {
  it('curl', async () => {
    const output = await runCurl(sample('run.curl', { '{WORKFLOW_ID}': customerWorkflow }));
    expect(JSON.parse(output)).toEqual({
      success: true,
      data: {
        runId: expect.stringMatching(/^run_/) as string,
        status: 'pending',
        workflowId: customerWorkflow,
        workflowVersion: 1,
      },
    });
    expect((await whenOver(api, accepted(output).runId)).input).toEqual({
      customerId: 'cus_xxx',
      amount: 9900,
      currency: 'usd',
    });
  });

  it('JavaScript', async () => {
    const output = await runJavaScript(`const workflowId = '${customerWorkflow}';`, sample('run.javascript'));
    expect((await whenOver(api, printedRun(output))).status).toBe('completed');
  });

  it.skipIf(!hasRequests)('Python', async () => {
    const names = `workflow_id = '${customerWorkflow}'\napi_key = '${guest.key}'`;
    const output = await runScript('python3', ['-c', `${names}\n${sample('run.python')}`]);
    expect((await whenOver(api, printedRun(output))).status).toBe('completed');
  });

  it('asking for the status', async () => {
    const { runId } = accepted(await runCurl(sample('run.curl', { '{WORKFLOW_ID}': customerWorkflow })));
    await whenOver(api, runId);
    const { success, data } = JSON.parse(
      await runCurl(sample('status.curl', { '{RUN_ID}': runId })),
    ) as Envelope<RunDto>;
    expect(success).toBe(true);
    expect(data).toMatchObject({
      id: runId,
      status: 'completed',
      input: { customerId: 'cus_xxx' },
      output: { input: { customerId: 'cus_xxx' } },
      steps: [{ id: 'echo', status: 'completed', output: { input: { customerId: 'cus_xxx' } } }],
    });
    for (const time of [data.startedAt, data.completedAt])
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('waiting for completion', async () => {
    const { runId } = accepted(await runCurl(sample('run.curl', { '{WORKFLOW_ID}': customerWorkflow })));
    const output = await runJavaScript(
      `const API_KEY = '${guest.key}';`,
      sample('wait.javascript'),
      `console.log(JSON.stringify(await waitForCompletion('${runId}')));`,
    );
    expect(JSON.parse(output)).toMatchObject({ input: { customerId: 'cus_xxx', amount: 9900 } });
  });

  it('waiting for a failure throws its message', async () => {
    const failing = await aWorkflow(api, { outputSchema: { type: 'object', required: ['invoiceId'] } });
    const { body } = await api.post<Envelope<RunAcceptedDto>>(`/api/v1/workflows/${failing.id}/run`, {});
    const output = await runJavaScript(
      `const API_KEY = '${guest.key}';`,
      sample('wait.javascript'),
      `await waitForCompletion('${body.data.runId}').catch((error) => console.log(error.message));`,
    );
    expect(output).toContain('invoiceId');
  });

  it('the idempotency key answers the same run again', async () => {
    const { id } = await aWorkflow(api);
    const command = sample('idempotency.curl', { '{id}': id });
    const [first, second] = [accepted(await runCurl(command)), accepted(await runCurl(command))];
    expect(second.runId).toBe(first.runId);
  });

  it('a simulated webhook, whose curl sends no content type', async () => {
    const { id } = await aWorkflow(api);
    const { runId } = accepted(await runCurl(sample('webhook.curl', { '{id}': id })));
    expect((await whenOver(api, runId)).output).toMatchObject({ input: { data: { object: { amount_paid: 9900 } } } });
  });

  it('the line of a scheduler', async () => {
    const { id } = await aWorkflow(api);
    const line = sample('cron', { wf_daily_report: id, $API_KEY: guest.key });
    expect(accepted(await runCurl(line.replace('0 9 * * * ', ''))).status).toBe('pending');
  });

  it('on demand, and in a batch with one idempotency key each', async () => {
    const { id } = await aWorkflow(api);
    const trigger = `const triggerWorkflow = async (id, body) => {
      const headers = { 'x-api-key': '${guest.key}', 'Content-Type': 'application/json' };
      const response = await fetch(\`${bed.url}/api/v1/workflows/\${id}/run\`, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await response.json()).data;
    };
    const getCustomersToProcess = async () => Array.from({ length: 20 }, (_, id) => ({ id: String(id) }));
    const today = '2024-01-01';`;
    const onDemand = sample('on-demand.javascript', { wf_report_generator: id });
    const batch = sample('batch.javascript', { wf_customer_sync: id });
    const twice = `${batch}\n{ ${batch} console.log(new Set(runs.map((run) => run.runId)).size); }`;
    expect(await runJavaScript(trigger, onDemand, twice)).toBe(
      'Started 20 sync workflows\nStarted 20 sync workflows\n20\n',
    );
    await until(async () => {
      const { body } = await api.get<Envelope<RunDto[]>>(`/api/v1/runs?workflowId=${id}&status=completed&limit=100`);
      expect(body.data).toHaveLength(21);
    });
  });
});

describe('the published errors, letter by letter', () => {
  const refusal = (code: string, message: string, details?: unknown): string =>
    JSON.stringify({ success: false, error: { code, message, ...(details !== undefined && { details }) } });

  it('404 for an unknown workflow', async () => {
    const answer = await api.post('/api/v1/workflows/wf_xyz/run', { input: {} });
    expect([answer.status, answer.text]).toEqual([404, refusal('NOT_FOUND', 'Workflow not found')]);
  });

  it('400 for a draft', async () => {
    const { id } = await aDraft(api);
    const answer = await api.post(`/api/v1/workflows/${id}/run`, { input: {} });
    const message = 'Workflow must be active to run. Current status: draft';
    expect([answer.status, answer.text]).toEqual([400, refusal('INVALID_STATUS', message)]);
  });

  it('400 for a missing field of the input', async () => {
    const answer = await api.post(`/api/v1/workflows/${customerWorkflow}/run`, { input: { amount: 9900 } });
    const details = [{ path: ['customerId'], message: 'Required' }];
    expect([answer.status, answer.text]).toEqual([
      400,
      refusal('VALIDATION_ERROR', 'Input validation failed', details),
    ]);
  });

  it('400 for wrong values, each with its path', async () => {
    const wrong = { customerId: 'CUS 1', amount: 99, currency: 'chf' };
    const answer = await api.post<{ error: { details: { path: string[] }[] } }>(
      `/api/v1/workflows/${customerWorkflow}/run`,
      { input: wrong },
    );
    expect(answer.status).toBe(400);
    expect(answer.body.error.details.map(({ path }) => path)).toEqual([['customerId'], ['amount'], ['currency']]);
  });

  it('429 for the request after 500 in a minute', async () => {
    const { api } = await bed.guest();
    const answers = await Promise.all(
      Array.from({ length: 501 }, () => api.in('x-api-key').post('/api/v1/workflows/wf_xyz/run', {})),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.map(({ text }) => text)).toEqual([
      refusal('RATE_LIMITED', 'Rate limit exceeded. Limit: 500 requests per minute.'),
    ]);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });
});

describe('the complete example', () => {
  let id: string;
  beforeAll(async () => {
    const published = JSON.parse(sample('complete-example.json')) as Record<string, unknown>;
    const created = await api.post<Envelope<{ id: string; status: string }>>('/api/v1/workflows', published);
    expect(created.status).toBe(201);
    id = created.body.data.id;
  });

  it('is stored as it was sent', async () => {
    const published = JSON.parse(sample('complete-example.json')) as Record<string, unknown>;
    const { body } = await api.get<Envelope<Record<string, unknown>>>(`/api/v1/workflows/${id}`);
    expect(body.data).toEqual(
      expect.objectContaining({ ...published, outputSchema: null, settings: {}, status: 'draft', version: 1 }),
    );
  });

  it('is active after activation', async () => {
    const { status, body } = await api.post<Envelope<{ status: string }>>(`/api/v1/workflows/${id}/activate`);
    expect([status, body.data.status]).toEqual([200, 'active']);
  });

  /** With a connection it runs whole: complete-example.e2e.ts. */
  it('is not started where the connection that it needs is missing, which the answer names', async () => {
    const input = { customerId: 'cus_xxx', items: ORDER };
    const { status, body } = await api.post<Refusal>(`/api/v1/workflows/${id}/run`, { input });
    expect([status, body.error.code]).toEqual([400, 'CONNECTION_REQUIRED']);
    expect(body.error.message).toContain('stripe');
  });
});
