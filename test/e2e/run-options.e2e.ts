import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDraft, aWorkflow, echoStep } from '../factories/workflow.js';
import {
  type Answer,
  type ApiClient,
  type DryRunDto,
  type Problem,
  type RunAcceptedDto,
  type RunDto,
  whenIn,
  whenOver,
} from '../support/api.js';
import { json, type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

let bed: TestBed;
let api: ApiClient;
let sink: Sink;

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('options', { env: { OUTBOUND_ALLOW: '127.0.0.0/8', SWEEP_INTERVAL_MS: '300' } });
  ({ api } = await bed.guest());
});
afterAll(async () => {
  await bed.close();
  await sink.close();
});

/** A run, or what is wrong. */
type Accepted = RunAcceptedDto & Pick<Problem, 'code' | 'errors'>;

const start = (workflow: string, body: object, query = '', caller = api): Promise<Answer<Accepted>> =>
  caller.post(`/api/v1/workflows/${workflow}/run${query}`, body);
const accepted = async (workflow: string, body: object): Promise<string> => {
  const { status, text, body: run } = await start(workflow, body);
  expect(status, text).toBe(202);
  return run.runId;
};
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const hour = 3_600_000;

/** A step whose answer the test gives. */
const gate = (path: string) => ({
  id: 'call',
  type: 'general_api',
  config: { url: `${sink.url}${path}`, method: 'GET' },
});
/** Makes the path hang until it is opened. */
function closeGate(path: string): { open: () => void } {
  const waiting: (() => void)[] = [];
  sink.on(path, (response, request) => void waiting.push(() => json({ ok: true })(response, request)));
  return {
    open: () => {
      sink.on(path, json({ ok: true }));
      for (const answer of waiting) answer();
    },
  };
}

describe('startAt', () => {
  it('keeps the run pending until then, shows it, and starts it by itself', async () => {
    const { id } = await aWorkflow(api);
    const startAt = inMs(1_200);
    const runId = await accepted(id, { startAt });
    const { body: pending } = await api.get<RunDto>(`/api/v1/runs/${runId}`);
    expect(pending).toMatchObject({ status: 'pending', startAt, expiresAt: null, startedAt: null });
    const run = await whenOver(api, runId);
    expect(run.status).toBe('completed');
    expect(Date.parse(run.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(startAt));
  });

  it('defers a run whose caller waits, which is answered when it is over', async () => {
    const { id } = await aWorkflow(api);
    const answer = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { startAt: inMs(500) });
    expect([answer.status, answer.body.status]).toEqual([200, 'completed']);
  });

  it('in the past starts at once', async () => {
    const { id } = await aWorkflow(api);
    const answer = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { startAt: '2020-01-01T00:00:00Z' });
    expect([answer.status, answer.body.status]).toEqual([200, 'completed']);
  });
});

describe('expiresAt', () => {
  it('ends a run that has not started by then, with a message that says so', async () => {
    const { id } = await aWorkflow(api);
    const runId = await accepted(id, { startAt: inMs(hour), expiresAt: inMs(2 * hour) });
    await bed.sql(
      `update runs set expires_at = now() - interval '1 s', deadline_at = now() - interval '1 s' where id = $1`,
      [runId.slice(4)],
    );
    const run = await whenOver(api, runId);
    expect(run).toMatchObject({
      status: 'timed_out',
      errorCode: 'TIMEOUT',
      error: { message: 'The run had not started by its expiresAt.' },
    });
  });

  it('does not end one that has', async () => {
    const path = '/expires';
    const { open } = closeGate(path);
    const { id } = await aWorkflow(api, { steps: [gate(path)] });
    const runId = await accepted(id, { expiresAt: inMs(1_500) });
    const { body: started } = { body: await whenIn(api, runId, ['running']) };
    await until(() => Date.now() > Date.parse(started.expiresAt ?? '') + 500);
    open();
    expect((await whenOver(api, runId)).status).toBe('completed');
  });
});

it('priority decides which of the organization starts first', async () => {
  const { api: own, organizationId } = await bed.guest({ settings: { concurrency: 1 } });
  const path = '/priority';
  const { open } = closeGate(path);
  const blocker = await aWorkflow(own, { steps: [gate(path)] });
  const { id } = await aWorkflow(own);
  const { body: first } = await start(blocker.id, {}, '', own);
  await whenIn(own, first.runId, ['running']);
  const runs: RunAcceptedDto[] = [];
  for (const priority of [0, -5, 7, 100]) runs.push((await start(id, { priority }, '', own)).body);
  open();
  for (const { runId } of runs) await whenOver(own, runId);
  const started = await bed.sql<{ priority: number }>(
    `select priority from runs where organization_id = $1 and workflow_id = $2 order by started_at`,
    [organizationId, id.slice(3)],
  );
  expect(started.map(({ priority }) => priority)).toEqual([100, 7, 0, -5]);
});

describe('version', () => {
  it('runs an earlier definition, also on the spot and dry', async () => {
    const { id } = await aWorkflow(api, { steps: [{ id: 'one', type: 'transform', config: { mapping: { v: 1 } } }] });
    await api.send('PUT', `/api/v1/workflows/${id}`, {
      body: { steps: [{ id: 'two', type: 'transform', config: { mapping: { v: 2 } } }] },
    });
    const outputs = [];
    for (const version of [1, 2, undefined]) {
      const { body } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { version });
      outputs.push([body.workflowVersion, body.output]);
    }
    expect(outputs).toEqual([
      [1, { v: 1 }],
      [2, { v: 2 }],
      [2, { v: 2 }],
    ]);
    const { body: dry } = await api.post<DryRunDto>(`/api/v1/workflows/${id}/run`, { version: 1, dryRun: true });
    expect([dry.workflowVersion, dry.plan[0]?.id]).toEqual([1, 'one']);
    expect((await start(id, { version: 1 })).body.workflowVersion).toBe(1);
    const unknown = await start(id, { version: 3 });
    expect([unknown.status, unknown.body.errors]).toEqual([
      400,
      [{ pointer: '/version', message: 'does not exist; the workflow has the versions 1 to 2' }],
    ]);
    await api.post(`/api/v1/workflows/${id}/pause`);
    expect((await start(id, { version: 1 })).body.code).toBe('INVALID_STATUS');
    expect((await start(id, { version: 1 }, '?test=true')).status).toBe(202);
  });

  it('checks the input by the schema of that version', async () => {
    const { id } = await aWorkflow(api, { inputSchema: { required: ['old'] } });
    await api.send('PUT', `/api/v1/workflows/${id}`, { body: { inputSchema: { required: ['new'] } } });
    expect((await start(id, { version: 1, input: { old: 1 } })).status).toBe(202);
    expect((await start(id, { version: 1, input: { new: 1 } })).status).toBe(400);
  });
});

describe('wrong options', () => {
  it.each([
    ['startAt', { startAt: 'tomorrow' }],
    ['startAt', { startAt: '2026-12-01T06:00:00' }],
    ['startAt', { startAt: '2026-12-01' }],
    ['startAt', { startAt: 5 }],
    ['startAt', { startAt: inMs(31 * 24 * hour) }],
    ['expiresAt', { expiresAt: inMs(-1_000) }],
    ['expiresAt', { startAt: inMs(2 * hour), expiresAt: inMs(hour) }],
    ['priority', { priority: 101 }],
    ['priority', { priority: 1.5 }],
    ['priority', { priority: '1' }],
    ['concurrencyKey', { concurrencyKey: '' }],
    ['concurrencyKey', { concurrencyKey: 'x'.repeat(256) }],
    ['concurrencyKey', { concurrencyKey: 'a\nb' }],
    ['concurrencyMode', { concurrencyKey: 'k', concurrencyMode: 'drop' }],
    ['concurrencyMode', { concurrencyMode: 'reject' }],
    ['version', { version: 0 }],
    ['version', { version: '1' }],
    ['version', { version: 2 ** 40 }],
  ])('%s are named in both styles: %j', async (field, body) => {
    const { id } = await aWorkflow(api);
    const bare = await start(id, body);
    expect(bare.status, bare.text).toBe(400);
    expect(bare.text).toContain(`"/${field}"`);
    const enveloped = await start(id, body, '', api.in('x-api-key'));
    expect(enveloped.status).toBe(400);
    expect(enveloped.body).toMatchObject({
      success: false,
      error: { code: 'VALIDATION_ERROR', details: [{ path: [field] }] },
    });
  });
});

describe('idempotency keys', () => {
  it('stand for the request with its options', async () => {
    const { id } = await aWorkflow(api);
    const body = { idempotencyKey: 'k', startAt: inMs(hour), priority: 3, concurrencyKey: 'a', version: 1 };
    const first = await start(id, body);
    const again = await start(id, body);
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.runId]).toEqual([
      202,
      'true',
      first.body.runId,
    ]);
    for (const change of [
      { startAt: inMs(2 * hour) },
      { priority: 4 },
      { concurrencyKey: 'b' },
      { version: undefined },
    ])
      expect((await start(id, { ...body, ...change })).body.code).toBe('IDEMPOTENCY_MISMATCH');
  });

  it('answer their run also when its times have passed by now', async () => {
    const { id } = await aWorkflow(api);
    const body = { idempotencyKey: 'k', expiresAt: inMs(700) };
    const { body: first } = await start(id, body);
    await whenOver(api, first.runId);
    await until(() => Date.now() > Date.parse(body.expiresAt));
    const again = await start(id, body);
    expect([again.status, again.body.runId]).toEqual([202, first.runId]);
  });

  it('win over the concurrency key: a repeat is its own run, and cancels or conflicts with nothing', async () => {
    const path = '/idempotent';
    const { open } = closeGate(path);
    const { id } = await aWorkflow(api, { steps: [gate(path)] });
    for (const concurrencyMode of ['reject', 'cancel_in_progress', 'use_existing']) {
      const body = { idempotencyKey: concurrencyMode, concurrencyKey: concurrencyMode, concurrencyMode };
      const { body: first } = await start(id, body);
      const again = await start(id, body);
      expect([again.status, again.headers.get('idempotent-replayed'), again.body.runId], concurrencyMode).toEqual([
        202,
        'true',
        first.runId,
      ]);
      expect((await api.get<RunDto>(`/api/v1/runs/${first.runId}`)).body.status).not.toBe('cancelled');
    }
    open();
  });
});

describe('a concurrency key', () => {
  it('keeps runs apart: the second starts when the first has ended', async () => {
    const path = '/queue';
    const { open } = closeGate(path);
    const { id } = await aWorkflow(api, { steps: [gate(path)] });
    const [first, second, other] = [
      await accepted(id, { concurrencyKey: 'k' }),
      await accepted(id, { concurrencyKey: 'k' }),
      await accepted(id, { concurrencyKey: 'other' }),
    ];
    await whenIn(api, first, ['running']);
    await whenIn(api, other, ['running']);
    expect((await api.get<RunDto>(`/api/v1/runs/${second}`)).body).toMatchObject({
      status: 'pending',
      concurrencyKey: 'k',
    });
    open();
    const [one, two] = [await whenOver(api, first), await whenOver(api, second)];
    expect(Date.parse(two.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(one.completedAt ?? ''));
  });

  it('with reject answers 409, and tells clients not to repeat by themselves', async () => {
    const path = '/reject';
    const { open } = closeGate(path);
    const { id } = await aWorkflow(api, { steps: [gate(path)] });
    const body = { concurrencyKey: 'k', concurrencyMode: 'reject' };
    const first = await accepted(id, body);
    const refused = await start(id, body);
    expect([refused.status, refused.body.code, refused.headers.get('x-should-retry')]).toEqual([
      409,
      'CONCURRENCY_CONFLICT',
      'false',
    ]);
    expect((await start(id, body, '', api.in('x-api-key'))).body).toMatchObject({
      success: false,
      error: { code: 'CONCURRENCY_CONFLICT' },
    });
    open();
    await whenOver(api, first);
    await accepted(id, body);
  });

  it('with use_existing answers the unfinished run, and waits for it where asked to, until it has ended', async () => {
    const path = '/existing';
    const { open } = closeGate(path);
    const { id } = await aWorkflow(api, { steps: [gate(path)] });
    const body = { concurrencyKey: 'k', concurrencyMode: 'use_existing' };
    const first = await accepted(id, body);
    const second = await start(id, body);
    expect([second.status, second.body.runId, second.headers.get('concurrency-replayed')]).toEqual([
      202,
      first,
      'true',
    ]);
    expect(second.headers.get('idempotent-replayed')).toBe(null);
    const waited = await start(id, body, '?wait=1');
    expect([waited.status, waited.body.runId]).toEqual([202, first]);
    open();
    expect((await whenOver(api, first)).status).toBe('completed');
    expect((await start(id, body)).body.runId).not.toBe(first);
  });

  it('with cancel_in_progress ends the others, and starts when they have', async () => {
    const path = '/cancel';
    const { open } = closeGate(path);
    const { id } = await aWorkflow(api, { steps: [gate(path)] });
    const running = await accepted(id, { concurrencyKey: 'k' });
    await whenIn(api, running, ['running']);
    const inLine = await accepted(id, { concurrencyKey: 'k' });
    const last = await accepted(id, { concurrencyKey: 'k', concurrencyMode: 'cancel_in_progress' });
    expect((await whenOver(api, inLine)).status).toBe('cancelled');
    const cancelled = await whenOver(api, running);
    expect(cancelled.status).toBe('cancelled');
    open();
    const run = await whenOver(api, last);
    expect(run.status).toBe('completed');
    expect(Date.parse(run.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(cancelled.completedAt ?? ''));
  });

  it('is free again after a cancel of the run that holds it, and respected by a retry', async () => {
    const path = '/failing';
    sink.on(path, json({}, 400));
    const { id } = await aWorkflow(api, { steps: [{ ...gate(path), retry: { maxAttempts: 1 } }] });
    const failed = await accepted(id, { concurrencyKey: 'k' });
    expect((await whenOver(api, failed)).status).toBe('failed');
    const { open } = closeGate(path);
    const holder = await accepted(id, { concurrencyKey: 'k' });
    await whenIn(api, holder, ['running']);
    expect((await api.post(`/api/v1/runs/${failed}/retry`)).status).toBe(202);
    expect((await api.get<RunDto>(`/api/v1/runs/${failed}`)).body.status).toBe('pending');
    expect((await api.post(`/api/v1/runs/${holder}/cancel`)).status).toBe(200);
    expect((await whenOver(api, holder)).status).toBe('cancelled');
    open();
    expect(await whenOver(api, failed)).toMatchObject({ status: 'completed', attempt: 2 });
  });

  it('means nothing across workflows', async () => {
    const path = '/across';
    const { open } = closeGate(path);
    const one = await aWorkflow(api, { steps: [gate(path)] });
    const other = await aWorkflow(api, { steps: [echoStep()] });
    const holder = await accepted(one.id, { concurrencyKey: 'k' });
    expect((await whenOver(api, await accepted(other.id, { concurrencyKey: 'k' }))).status).toBe('completed');
    open();
    await whenOver(api, holder);
  });

  it('with a start in the future does not hold up others until then', async () => {
    const { id } = await aDraft(api);
    await api.post(`/api/v1/workflows/${id}/activate`);
    const later = await accepted(id, { concurrencyKey: 'k', startAt: inMs(1_500) });
    expect((await whenOver(api, await accepted(id, { concurrencyKey: 'k' }))).status).toBe('completed');
    expect((await api.get<RunDto>(`/api/v1/runs/${later}`)).body.status).toBe('pending');
    expect((await whenOver(api, later)).status).toBe('completed');
  });
});
