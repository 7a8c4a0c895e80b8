import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE_CODE, timeFor } from '../../libs/sandbox/hostile-code.js';
import { aWorkflow, type StepBody, workflowBody } from '../factories/workflow.js';
import { ApiClient, type RunAcceptedDto, type RunDto, whenOver } from '../support/api.js';
import { runCurl } from '../support/curl.js';
import { commandsOf, fillIn } from '../support/document.js';
import { startServer } from '../support/server.js';
import { ENCRYPTION_KEY, openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('code');
  ({ api } = await bed.guest());
});
afterAll(() => bed.close());

const code = (id: string, text: string, config: object = {}): StepBody => ({
  id,
  type: 'code',
  config: { code: text, ...config },
});
const javascript = (id: string, text: string): StepBody => code(id, text, { language: 'javascript' });

/** Runs these steps to their end. */
async function outcome(steps: StepBody[], input: object = {}): Promise<RunDto> {
  const { id } = await aWorkflow(api, { steps });
  const { body, status, text } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=20`, { input });
  expect(status, text).toBe(200);
  return body;
}
const save = (steps: StepBody[], to = api) => to.post('/api/v1/workflows', workflowBody({ steps }));

describe('code', () => {
  it('computes, in both languages, with what earlier steps gave', async () => {
    const run = await outcome(
      [
        code('total', 'output = {"sum": sum(i["price"] * i["quantity"] for i in input_data["items"])}'),
        javascript('taxed', 'const { sum } = total; return { sum, tax: Math.round(sum * 8) / 100 };'),
        code('both', 'output = [total["sum"], taxed["tax"], blocks["total"] == steps["total"]["output"]]'),
      ],
      {
        items: [
          { price: 10, quantity: 2 },
          { price: 5, quantity: 1 },
        ],
      },
    );
    expect(run).toMatchObject({ status: 'completed', output: [25, 2, true] });
  });

  it('leaves what it prints in the record of its step, also when it fails', async () => {
    const run = await outcome(
      [code('a', 'print("got", input_data["n"])'), code('b', 'print("last words")\nraise ValueError("no")')],
      {
        n: 7,
      },
    );
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'STEP_ERROR', step: 'b' },
      steps: [
        { id: 'a', status: 'completed', logs: 'got 7\n' },
        { id: 'b', logs: 'last words\n', error: { code: 'CODE_ERROR', message: 'ValueError: no (line 2, column 7)' } },
      ],
    });
  });

  it('takes part in loops and in decisions', async () => {
    const loop = {
      id: 'each',
      type: 'loop',
      config: { collection: '{{input.list}}', steps: [javascript('double', 'return item * 2 + index')] },
    };
    const { steps } = await outcome([loop], { list: [1, 2, 3] });
    expect(steps.filter(({ id }) => id.endsWith('.double')).map(({ output }) => output)).toEqual([2, 5, 8]);
  });

  it('goes on where the step says so', async () => {
    const run = await outcome([
      { ...code('a', 'output = 1 / 0'), onError: 'continue' },
      code('b', 'output = "went on"'),
    ]);
    expect(run).toMatchObject({ status: 'completed', output: 'went on' });
  });

  it('that is a step of a type called function is the same', async () => {
    expect((await outcome([{ id: 'f', type: 'function', config: { code: 'result = 3' } }])).output).toBe(3);
  });
});

describe('its documentation', () => {
  it('shows commands that work', async () => {
    const values: Record<string, string> = { URL: bed.url, KEY: api.key ?? '' };
    let answer: Partial<RunDto> = {};
    for (const command of commandsOf('docs/code.md')) {
      answer = JSON.parse(await runCurl(fillIn(command, values))) as Partial<RunDto>;
      values['ID'] ??= answer.id ?? '';
    }
    expect(answer).toMatchObject({
      status: 'completed',
      output: { sum: 25, tax: 2 },
      steps: [{ logs: '2 items\n' }, {}],
    });
  });
});

describe('saving', () => {
  it('refuses what does not compile, with its place', async () => {
    const nested = {
      id: 'each',
      type: 'loop',
      config: { collection: '{{input.list}}', steps: [javascript('deep', 'let a = 1;\nlet b = a +* 2;')] },
    };
    const { status, body } = await save([
      code('a', 'x = 1\nif x\n    y = 2'),
      code('fine', 'output = 1'),
      code('b', 'class A:\n    pass'),
      nested,
    ]);
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      {
        pointer: '/steps/0/config/code',
        message: expect.stringMatching(/Step "a": SyntaxError.*\(line 2, column 5\)/),
      },
      { pointer: '/steps/2/config/code', message: expect.stringMatching(/class definitions \(line 1, column 1\)/) },
      {
        pointer: '/steps/3/config/steps/0/config/code',
        message: expect.stringMatching(/Step "deep": .*\(line 2, column \d+\)/),
      },
    ]);
  });

  it('refuses what is no configuration, with its field', async () => {
    const { status, body } = await save([code('a', 'output = 1', { timeoutMs: 60_000 })]);
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/steps/0/config/timeoutMs']);
  });

  it('does not wait for code that runs', async () => {
    const { id } = await aWorkflow(api, { steps: [code('slow', 'while True: pass', { timeoutMs: 10_000 })] });
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => api.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, { input: {} })),
    );
    expect((await save([code('a', 'if')])).status).toBe(400);
    const states = await Promise.all(runs.map(({ body }) => api.get<RunDto>(`/api/v1/runs/${body.runId}`)));
    expect(states.filter(({ body }) => body.status === 'failed')).toEqual([]);
    await Promise.all(runs.map(({ body }) => api.post(`/api/v1/runs/${body.runId}/cancel`)));
  });
});

describe('hostile code', () => {
  const CODES: Record<string, string> = { THROWN: 'CODE_ERROR' };

  it('fails its run with the reason, and nothing else', async () => {
    const hostile = HOSTILE_CODE.filter(({ reason }) => reason !== 'SYNTAX');
    const steps = hostile.map((each, index) => ({
      ...code(`h${index}`, each.code, { language: each.language, timeoutMs: timeFor(each) }),
      onError: 'continue',
    }));
    // What can be told at save is not found out by a run.
    const saved = await save(steps);
    const known = new Set(saved.body.errors?.map(({ pointer }) => Number(pointer?.split('/')[2])));
    for (const index of known) expect(hostile[index]?.reason).toBe('UNSUPPORTED');
    const kept = steps.filter((_, index) => !known.has(index));
    const { id } = await aWorkflow(api, { steps: kept });
    const { body } = await api.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, { input: {} });
    const run = await whenOver(api, body.runId, 100_000);
    const named = ({ id: step }: { id: string }) => hostile[Number(step.slice(1))];
    expect(run.steps.map((step) => [named(step)?.name, step.error?.code])).toEqual(
      kept.map((step) => {
        const { name, reason } = named(step) ?? {};
        return [name, CODES[reason ?? ''] ?? `CODE_${reason}`];
      }),
    );
    expect((await outcome([code('after', 'output = 1')])).output).toBe(1);
    expect(bed.server.isUp()).toBe(true);
  }, 120_000);

  it('ends with its run', async () => {
    const { id } = await aWorkflow(api, { steps: [code('a', 'while True: pass', { timeoutMs: 30_000 })] });
    const { body } = await api.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, { input: {} });
    await api.post(`/api/v1/runs/${body.runId}/cancel`);
    expect(await whenOver(api, body.runId)).toMatchObject({ status: 'cancelled' });
  });
});

describe('a server on which code is switched off', () => {
  it('says so when code is saved, and when it runs', async () => {
    const { id } = await aWorkflow(api, { steps: [code('a', 'output = 1')] });
    await bed.server.stop();
    const off = await startServer({ databaseUrl: bed.databaseUrl, env: { ENCRYPTION_KEY, CODE_ENABLED: 'false' } });
    try {
      const there = new ApiClient(off.url, api.key);
      const message = expect.stringContaining('CODE_ENABLED=false') as string;
      const { status, body } = await save([code('a', 'output = 1')], there);
      expect([status, body.errors]).toEqual([400, [{ pointer: '/steps/0/config/code', message }]]);
      const run = await there.post<RunDto>(`/api/v1/workflows/${id}/run?wait=20`, { input: {} });
      expect(run.body).toMatchObject({ status: 'failed', steps: [{ error: { code: 'CODE_DISABLED', message } }] });
    } finally {
      await off.stop();
    }
  });
});
