import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDraft, aWorkflow, echoStep, type StepBody } from '../factories/workflow.js';
import type { ApiClient, DryRunDto, Envelope, Page, RunAcceptedDto, RunDto, RunSummaryDto } from '../support/api.js';
import { whenIn, whenOver } from '../support/api.js';
import { hang, inTurn, json, type Sink, startSink } from '../support/sink.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

let bed: TestBed;
let sink: Sink;
let guest: Guest;
let api: ApiClient;

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('runs', { env: { OUTBOUND_ALLOW: '127.0.0.0/8', SWEEP_INTERVAL_MS: '300' } });
  guest = await bed.guest();
  api = guest.api;
});
afterAll(async () => {
  await bed.close();
  await sink.close();
});

const runPath = (id: string, query = ''): string => `/api/v1/workflows/${id}/run${query}`;
const call = (id: string, path: string, rest: object = {}): StepBody => ({
  id,
  type: 'general_api',
  config: { url: sink.url + path },
  ...rest,
});
const pause = (duration: number): StepBody => ({ id: 'pause', type: 'wait', config: { duration } });
const start = async (caller: ApiClient, workflowId: string, body: object = {}): Promise<string> => {
  const answer = await caller.in('bearer').post<RunAcceptedDto>(runPath(workflowId), body);
  expect(answer.status, answer.text).toBe(202);
  return answer.body.runId;
};
const cancel = (caller: ApiClient, runId: string) =>
  caller.post<{ success: boolean; status: string }>(`/api/v1/runs/${runId}/cancel`);

describe('starting a run', () => {
  it('answers 202 with its id and where to find it, and the run completes', async () => {
    const { id } = await aWorkflow(api);
    const answer = await api.post<RunAcceptedDto>(runPath(id), { input: { a: 1 } });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      runId: expect.stringMatching(/^run_/) as string,
      status: 'pending',
      workflowId: id,
      workflowVersion: 1,
    });
    const location = answer.headers.get('location') ?? '';
    expect(location).toBe(`/api/v1/runs/${answer.body.runId}`);
    await whenOver(api, answer.body.runId);
    const { body: run } = await api.get<RunDto>(location);
    expect(run).toMatchObject({
      id: answer.body.runId,
      status: 'completed',
      workflowId: id,
      workflowVersion: 1,
      trigger: 'api',
      input: { a: 1 },
      output: { input: { a: 1 } },
      error: null,
      errorCode: null,
      attempt: 1,
      steps: [{ id: 'echo', name: null, type: 'transform', status: 'completed', attempt: 1, error: null }],
    });
    const times = [run.createdAt, run.startedAt, run.completedAt].map((time) => Date.parse(time ?? ''));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(run.durationMs).toBe((times[2] ?? 0) - (times[1] ?? 0));
  });

  const pure = () => echoStep();
  const external = () => call('call', '/wait');
  it.each([
    ['a pure workflow by ?wait', pure, '?wait=10', {}],
    ['a pure workflow by Prefer', pure, '', { prefer: 'wait=10' }],
    ['a workflow with effects by ?wait', external, '?wait=10', {}],
    ['a workflow with effects by Prefer among others', external, '', { prefer: 'respond-async, wait=10; foo' }],
  ])('waits for %s and answers 200 with the run', async (_name, step, query, headers) => {
    const { id } = await aWorkflow(api, { steps: [step()] });
    const bare = await api.post<RunDto>(runPath(id, query), { input: {} }, headers);
    expect([bare.status, bare.body.status]).toEqual([200, 'completed']);
    expect(bare.headers.get('location')).toBe(`/api/v1/runs/${bare.body.id}`);
    const stored = await api.get<RunDto>(`/api/v1/runs/${bare.body.id}`);
    expect(stored.body).toEqual(bare.body);
    const enveloped = await api.in('x-api-key').post<Envelope<RunDto>>(runPath(id, query), { input: {} }, headers);
    expect(enveloped.body).toMatchObject({ success: true, data: { status: 'completed', workflowId: id } });
  });

  it('answers 202 when the wait is too short, and the run goes on', async () => {
    const { id } = await aWorkflow(api, { steps: [pause(1_600), echoStep()] });
    const answer = await api.post<RunAcceptedDto>(runPath(id, '?wait=1'), {});
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'pending', workflowId: id });
    expect((await whenOver(api, answer.body.runId)).status).toBe('completed');
  });

  it('goes on when the waiting client leaves', async () => {
    const { id } = await aWorkflow(api, { steps: [pause(300), echoStep()] });
    const leaving = fetch(bed.url + runPath(id, '?wait=10'), {
      method: 'POST',
      headers: api.credential(),
      signal: AbortSignal.timeout(150),
    });
    await expect(leaving).rejects.toThrow();
    await until(async () => {
      const { body } = await api.get<Page<RunSummaryDto>>(`/api/v1/runs?workflowId=${id}`);
      expect(body.data.map(({ status }) => status)).toEqual(['completed']);
    });
  });

  it.each(['?wait=61', '?wait=-1', '?wait=x', '?wait=1.5', '?test=yes', '?async=1'])('refuses %s', async (query) => {
    const { id } = await aWorkflow(api);
    const answer = await api.post(runPath(id, query), {});
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('takes a body that is absent or empty as no input, and refuses other shapes', async () => {
    const { id } = await aWorkflow(api);
    expect((await api.post<RunDto>(runPath(id, '?wait=10'))).body.input).toEqual({});
    expect((await api.post<RunDto>(runPath(id, '?wait=10'), {})).body.input).toEqual({});
    for (const body of [{ input: [] }, { input: 'x' }, { inputs: {} }, { input: {}, dryRun: 'yes' }, [], 'x', 1]) {
      expect([body, (await api.post(runPath(id), body)).status]).toEqual([body, 400]);
    }
  });

  it('fills in the defaults of the input schema and keeps unknown fields', async () => {
    const properties = { currency: { type: 'string', default: 'usd' } };
    const { id } = await aWorkflow(api, { inputSchema: { type: 'object', properties } });
    const { body } = await api.post<RunDto>(runPath(id, '?wait=10'), { input: { other: [1] } });
    expect(body.output).toEqual({ input: { other: [1], currency: 'usd' } });
  });
});

describe('a test run', () => {
  it('runs a draft and is marked as a test', async () => {
    const { id } = await aDraft(api);
    expect((await api.post(runPath(id), {})).status).toBe(400);
    const { status, body } = await api.post<RunDto>(runPath(id, '?test=true&wait=10'), {});
    expect([status, body.status, body.trigger]).toEqual([200, 'completed', 'test']);
    await api.post(`/api/v1/workflows/${id}/archive`);
    expect((await api.post(runPath(id, '?test=true'), {})).body.code).toBe('INVALID_STATUS');
  });

  it('needs workflows:write, as a run needs workflows:execute', async () => {
    const executor = await bed.guest({ scopes: ['workflows:execute', 'runs:read'] });
    const writer = await bed.guest({ scopes: ['workflows:write', 'runs:read'] });
    const { id } = await aDraft(writer.api);
    const refused = await executor.api.post(runPath(id, '?test=true'), {});
    expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining('workflows:write')]);
    expect((await writer.api.post(runPath(id, '?test=true&wait=10'), {})).status).toBe(200);
    const wrong = await writer.api.post(runPath(id), {});
    expect([wrong.status, wrong.body.detail]).toEqual([403, expect.stringContaining('workflows:execute')]);
  });
});

describe('a dry run', () => {
  it('checks everything, tells the plan, and makes no run', async () => {
    const { api } = await bed.guest();
    const steps = [
      echoStep('a'),
      { id: 'c', type: 'condition', config: { expression: 'input.x', then: ['b'] } },
      call('b', '/dry'),
      echoStep('d'),
    ];
    const inputSchema = { type: 'object', required: ['x'], properties: { y: { default: 1 } } };
    const { id } = await aWorkflow(api, { steps, inputSchema });
    const body = { input: { x: true }, dryRun: true, idempotencyKey: 'dry' };
    const answer = await api.post<DryRunDto>(runPath(id, '?wait=10'), body);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      valid: true,
      workflowId: id,
      workflowVersion: 1,
      input: { x: true, y: 1 },
      plan: [
        { id: 'a', type: 'transform', after: [] },
        { id: 'c', type: 'condition', after: ['a'] },
        { id: 'b', type: 'general_api', after: ['c'] },
        { id: 'd', type: 'transform', after: ['b', 'c'] },
      ],
    });
    expect((await api.post(runPath(id), { dryRun: true, input: {} })).body.errors).toEqual([
      { pointer: '/x', message: 'Required' },
    ]);
    await api.post(`/api/v1/workflows/${id}/pause`);
    expect((await api.post(runPath(id), body)).body.code).toBe('INVALID_STATUS');
    expect((await api.get<Page<RunSummaryDto>>('/api/v1/runs')).body.data).toEqual([]);
    expect(sink.at('/dry')).toEqual([]);
    await api.post(`/api/v1/workflows/${id}/resume`);
    const real = await api.post(runPath(id), { ...body, dryRun: false });
    expect([real.status, real.headers.get('idempotent-replayed')]).toEqual([202, null]);
  });
});

describe('the list of runs', () => {
  const LONG = 120;
  let lister: ApiClient;
  let ids: string[];
  let other: string;
  const list = async (query: string): Promise<Page<RunSummaryDto>> =>
    (await lister.get<Page<RunSummaryDto>>(`/api/v1/runs?${query}`)).body;
  const idsOf = (page: Page<RunSummaryDto>): string[] => page.data.map(({ id }) => id);

  beforeAll(async () => {
    lister = (await bed.guest()).api;
    const { id } = await aWorkflow(lister);
    const answers = await Promise.all(
      Array.from({ length: LONG }, () => lister.post<RunDto>(runPath(id, '?wait=10'), {})),
    );
    ids = answers
      .map(({ body }) => body.id)
      .sort()
      .reverse();
    other = (await aDraft(lister, { outputSchema: false })).id;
    await lister.post(runPath(other, '?wait=10&test=true'), {});
  });

  it.each([7, 50, 100])(
    'pages newest first without gaps or repeats, %i a page, while others come in',
    async (limit) => {
      const workflowId = (await list('limit=1&trigger=api')).data[0]?.workflowId ?? '';
      const before = idsOf(await list(`limit=1&workflowId=${workflowId}`))[0] ?? '';
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Page<RunSummaryDto> = await list(
          `limit=${limit}&workflowId=${workflowId}${cursor && `&cursor=${cursor}`}`,
        );
        expect(page.data).toHaveLength(Math.min(limit, page.data.length));
        seen.push(...idsOf(page));
        ({ cursor } = page);
        await start(lister, workflowId);
      }
      expect(seen[0]).toBe(before);
      expect(seen.slice(-LONG)).toEqual(ids);
      expect(new Set(seen).size).toBe(seen.length);
    },
  );

  it('filters', async () => {
    const [failed] = (await list(`workflowId=${other}`)).data;
    expect(failed).toMatchObject({
      status: 'failed',
      trigger: 'test',
      workflowId: other,
      error: { code: 'OUTPUT_INVALID' },
    });
    expect(failed).not.toHaveProperty('steps');
    expect(idsOf(await list('trigger=test'))).toEqual([failed?.id]);
    expect(idsOf(await list('status=failed'))).toEqual([failed?.id]);
    expect(idsOf(await list(`workflowId=${other.slice(3)}`))).toEqual([failed?.id]);
    expect(idsOf(await list(`status=failed&trigger=api`))).toEqual([]);
    expect(idsOf(await list('workflowId=wf_nope'))).toEqual([]);
    const oldest = (await list(`workflowId=${other}`)).data[0]?.createdAt ?? '';
    expect(idsOf(await list(`until=${oldest}&limit=100`))).not.toContain(failed?.id);
    expect(idsOf(await list(`since=${oldest}&status=failed`))).toEqual([failed?.id]);
    expect(idsOf(await list('since=2999-01-01T00:00:00Z'))).toEqual([]);
  });

  it.each(['status=done', 'trigger=cron', 'since=yesterday', 'until=1', 'limit=101', 'cursor=%00', 'workflow=x'])(
    'refuses ?%s',
    async (query) => {
      expect((await lister.get(`/api/v1/runs?${query}`)).status).toBe(400);
    },
  );
});

describe('cancelling', () => {
  /** One run at a time, so that the next one stays queued. */
  const narrow = () => bed.guest({ settings: { concurrency: 1 } });

  it('ends a queued run at once, and it never starts', async () => {
    const { api } = await narrow();
    sink.on('/cancel-queued', hang);
    const { id } = await aWorkflow(api, { steps: [call('call', '/cancel-queued')] });
    const holder = await start(api, id);
    await whenIn(api, holder, ['running']);
    const queued = await start(api, id);
    expect((await cancel(api, queued)).body).toEqual({ success: true, status: 'cancelled' });
    const { body } = await api.get<RunDto>(`/api/v1/runs/${queued}`);
    expect(body).toMatchObject({
      status: 'cancelled',
      errorCode: 'CANCELLED',
      startedAt: null,
      output: null,
      steps: [],
    });
    await cancel(api, holder);
    await whenOver(api, holder);
    expect(sink.at('/cancel-queued')).toHaveLength(1);
  });

  it('ends a waiting run at once', async () => {
    const { id } = await aWorkflow(api, { steps: [pause(60_000), echoStep()] });
    const run = await start(api, id);
    await whenIn(api, run, ['waiting']);
    expect((await cancel(api, run)).body.status).toBe('cancelled');
    expect((await whenOver(api, run)).steps).toMatchObject([{ id: 'pause', status: 'cancelled' }]);
  });

  it('stops a running one, closing its connection', async () => {
    let closed = false;
    sink.on('/cancel-running', (response) => void response.on('close', () => (closed = true)));
    const { id } = await aWorkflow(api, { steps: [call('call', '/cancel-running'), echoStep()] });
    const run = await start(api, id);
    await until(() => sink.at('/cancel-running').length === 1);
    const answer = await cancel(api, run);
    expect(answer.body.success).toBe(true);
    expect(['running', 'cancelled']).toContain(answer.body.status);
    const ended = await whenOver(api, run, 6_000);
    expect(ended).toMatchObject({
      status: 'cancelled',
      error: { code: 'CANCELLED' },
      steps: [{ id: 'call', status: 'cancelled' }],
    });
    await until(() => closed);
  });

  it('of a finished run does nothing and tells its status, in both styles', async () => {
    const { id } = await aWorkflow(api);
    const { body: run } = await api.post<RunDto>(runPath(id, '?wait=10'), {});
    for (let times = 0; times < 2; times++) {
      expect(await cancel(api, run.id)).toMatchObject({ status: 200, body: { success: true, status: 'completed' } });
    }
    const { body } = await api.in('x-api-key').post(`/api/v1/runs/${run.id}/cancel`);
    expect(body).toEqual({ success: true, data: { success: true, status: 'completed' } });
    expect((await api.get(`/api/v1/runs/${run.id}`)).body).toEqual(run);
  });
});

describe('retrying', () => {
  const retry = (caller: ApiClient, runId: string) =>
    caller.post<RunDto & { code: string; detail: string }>(`/api/v1/runs/${runId}/retry`);

  it('goes on after the last finished step: same run, next attempt, nothing repeated', async () => {
    sink.on('/retry-b', inTurn(json({}, 400), json({ b: 2 })));
    const steps = [
      call('a', '/retry-a'),
      call('b', '/retry-b'),
      call('c', '/retry-c'),
      { ...echoStep('d'), config: { mapping: { b: '{{steps.b.output.body.b}}' } } },
    ];
    const { id } = await aWorkflow(api, { steps });
    const { body: failed } = await api.post<RunDto>(runPath(id, '?wait=10'), {});
    expect(failed).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'STEP_ERROR', step: 'b', message: 'Step b failed: The server answered 400' },
    });
    const answer = await retry(api, failed.id);
    expect([answer.status, answer.body.id, answer.body.attempt]).toEqual([202, failed.id, 2]);
    const run = await whenOver(api, failed.id);
    expect(run).toMatchObject({ status: 'completed', attempt: 2, error: null, output: { b: 2 } });
    expect(['a', 'b', 'c'].map((step) => sink.at(`/retry-${step}`).length)).toEqual([1, 2, 1]);
    const keys = sink.at('/retry-b').map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys)).toEqual(new Set([`${failed.id.slice(4)}:b`]));
  });

  it('works on a timed-out run', async () => {
    sink.on('/retry-slow', inTurn(hang, json({})));
    const { id } = await aWorkflow(api, { steps: [call('slow', '/retry-slow')], settings: { maxDurationMs: 400 } });
    const { body: run } = await api.post<RunDto>(runPath(id, '?wait=10'), {});
    expect(run.status).toBe('timed_out');
    expect((await retry(api, run.id)).status).toBe(202);
    expect(await whenOver(api, run.id)).toMatchObject({ status: 'completed', attempt: 2 });
  });

  it('is refused unless the run failed', async () => {
    const completed = await aWorkflow(api);
    const parked = await aWorkflow(api, { steps: [pause(60_000)] });
    const { body: done } = await api.post<RunDto>(runPath(completed.id, '?wait=10'), {});
    const waiting = await start(api, parked.id);
    await whenIn(api, waiting, ['waiting']);
    for (const [run, status] of [
      [done.id, 'completed'],
      [waiting, 'waiting'],
    ] as const) {
      const answer = await retry(api, run);
      expect([answer.status, answer.body.code]).toEqual([400, 'INVALID_STATUS']);
      expect(answer.body.detail).toContain(`Current status: ${status}`);
    }
    await cancel(api, waiting);
    expect((await retry(api, waiting)).body.detail).toContain('Current status: cancelled');
  });

  it('by many at once makes one attempt', async () => {
    sink.on('/retry-race', inTurn(json({}, 400), json({})));
    const { id } = await aWorkflow(api, { steps: [call('a', '/retry-race')] });
    const { body: failed } = await api.post<RunDto>(runPath(id, '?wait=10'), {});
    const answers = await Promise.all(Array.from({ length: 30 }, () => retry(api, failed.id)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 400]));
    expect(await whenOver(api, failed.id)).toMatchObject({ status: 'completed', attempt: 2 });
    expect(sink.at('/retry-race')).toHaveLength(2);
  });
});
