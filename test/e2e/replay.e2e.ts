import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDraft, aWorkflow, echoStep } from '../factories/workflow.js';
import {
  type Answer,
  type ApiClient,
  type CreatedApiKeyDto,
  type Problem,
  type RunAcceptedDto,
  type RunDto,
  whenOver,
} from '../support/api.js';
import { json, type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let api: ApiClient;
let sink: Sink;

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('replay', { env: { OUTBOUND_ALLOW: '127.0.0.0/8' } });
  ({ api } = await bed.guest());
});
afterAll(async () => {
  await bed.close();
  await sink.close();
});

type Accepted = RunAcceptedDto & Pick<Problem, 'code' | 'errors'>;

const replay = (run: string, body: object = {}, headers = {}, caller = api): Promise<Answer<Accepted>> =>
  caller.post(`/api/v1/runs/${run}/replay`, body, headers);
async function replayed(run: string, body: object = {}): Promise<RunDto> {
  const { status, text, body: accepted } = await replay(run, body);
  expect(status, text).toBe(202);
  return whenOver(api, accepted.runId);
}
async function aRun(workflow: string, body: object = {}): Promise<RunDto> {
  const started = await api.post<RunAcceptedDto>(`/api/v1/workflows/${workflow}/run`, body);
  expect(started.status, started.text).toBe(202);
  return whenOver(api, started.body.runId);
}
const call = (path: string) => ({
  id: path.slice(1),
  type: 'general_api',
  config: { url: `${sink.url}${path}`, method: 'POST', body: { of: '{{input.n}}' } },
  retry: { maxAttempts: 1 },
});

describe('a replay', () => {
  it('is a new run with the input of the original, which it names', async () => {
    const { id } = await aWorkflow(api);
    const original = await aRun(id, { input: { n: 1 }, priority: 4 });
    const answer = await replay(original.id);
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/api/v1/runs/${answer.body.runId}`]);
    expect(answer.body.runId).not.toBe(original.id);
    const run = await whenOver(api, answer.body.runId);
    expect(run).toMatchObject({
      status: 'completed',
      input: { n: 1 },
      replayOf: original.id,
      priority: 4,
      trigger: 'api',
    });
    expect(run.output).toEqual(original.output);
    expect((await api.get<RunDto>(`/api/v1/runs/${original.id}`)).body).toEqual(original);
  });

  it('may have another input, which is checked', async () => {
    const { id } = await aWorkflow(api, { inputSchema: { required: ['n'] } });
    const original = await aRun(id, { input: { n: 1 } });
    expect((await replayed(original.id, { input: { n: 2 } })).output).toEqual({ input: { n: 2 } });
    const wrong = await replay(original.id, { input: {} });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('runs the version of the original, unless told otherwise', async () => {
    const { id } = await aWorkflow(api, { steps: [echoStep('one')] });
    const original = await aRun(id);
    await api.send('PUT', `/api/v1/workflows/${id}`, { body: { steps: [echoStep('two')] } });
    await api.send('PUT', `/api/v1/workflows/${id}`, { body: { steps: [echoStep('three')] } });
    const versions = [];
    for (const body of [{}, { version: 2 }, { version: 'current' }])
      versions.push((await replayed(original.id, body)).steps.map((step) => step.id));
    expect(versions).toEqual([['one'], ['two'], ['three']]);
    const unknown = await replay(original.id, { version: 4 });
    expect([unknown.status, unknown.body.errors?.[0]?.pointer]).toEqual([400, '/version']);
  });

  it('with an idempotency key is made once', async () => {
    const { id } = await aWorkflow(api);
    const [original, other] = [await aRun(id, { input: { n: 1 } }), await aRun(id, { input: { n: 1 } })];
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => replay(original.id, {}, { 'idempotency-key': 'again' })),
    );
    expect(new Set(answers.map(({ body }) => body.runId)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect((await replay(other.id, { idempotencyKey: 'again' })).body.code).toBe('IDEMPOTENCY_MISMATCH');
  });

  it('needs an active workflow, or a test whose key may test', async () => {
    const { id } = await aWorkflow(api);
    const original = await aRun(id);
    await api.post(`/api/v1/workflows/${id}/pause`);
    expect((await replay(original.id)).body.code).toBe('INVALID_STATUS');
    const draft = await aDraft(api);
    const { body: test } = await api.post<RunAcceptedDto>(`/api/v1/workflows/${draft.id}/run?test=true`, {});
    expect((await replayed(test.runId)).trigger).toBe('test');
    const { body: key } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', { name: 'x', scopes: ['runs:write'] });
    expect((await replay(test.runId, {}, {}, api.with(key.key))).status).toBe(403);
  });

  it('is refused to a key that is bound to another workflow', async () => {
    const [{ id }, other] = [await aWorkflow(api), await aWorkflow(api)];
    const original = await aRun(id);
    const { body: key } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', {
      name: 'bound',
      workflowIds: [other.id],
      scopes: ['workflows:execute'],
    });
    expect((await replay(original.id, {}, {}, api.with(key.key))).status).toBe(404);
  });
});

describe('a replay from a step', () => {
  it('takes over what came before, and calls nothing a second time', async () => {
    sink.on('/charge', json({ id: 'ch_1' }));
    sink.on('/receipt', json({}, 500));
    const state = {
      id: 'note',
      type: 'set_state',
      config: { variables: { charge: '{{steps.charge.output.body.id}}' } },
    };
    const last = { id: 'last', type: 'transform', config: { mapping: { charge: '{{variables.charge}}' } } };
    const { id } = await aWorkflow(api, { steps: [call('/charge'), state, call('/receipt'), last] });
    const original = await aRun(id, { input: { n: 7 } });
    expect([original.status, original.error?.step]).toEqual(['failed', 'receipt']);
    sink.on('/receipt', json({ ok: true }));
    const run = await replayed(original.id, { fromStep: 'receipt' });
    expect(run, JSON.stringify(run.error)).toMatchObject({ status: 'completed', replayOf: original.id });
    expect(run.steps.map((step) => [step.id, step.status])).toEqual([
      ['charge', 'completed'],
      ['note', 'completed'],
      ['receipt', 'completed'],
      ['last', 'completed'],
    ]);
    expect(run.steps[0]).toEqual(original.steps[0]);
    expect(run.output).toEqual({ charge: 'ch_1' });
    expect([sink.at('/charge').length, sink.at('/receipt').length]).toEqual([1, 2]);
  });

  it('may use a version in which the step has been mended', async () => {
    sink.on('/first', json({ ok: true }));
    sink.on('/broken', json({}, 400));
    const { id } = await aWorkflow(api, { steps: [call('/first'), call('/broken')] });
    const original = await aRun(id);
    await api.send('PUT', `/api/v1/workflows/${id}`, {
      body: { steps: [call('/first'), { ...echoStep('broken') }] },
    });
    const run = await replayed(original.id, { fromStep: 'broken', version: 'current' });
    expect([run.status, run.workflowVersion, sink.at('/first').length]).toEqual(['completed', 2, 1]);
  });

  it.each([
    [{ fromStep: 'nowhere' }, 'fromStep', 'it has the steps early, late'],
    [{ fromStep: 'late' }, 'fromStep', '"early" has not'],
    [{ fromStep: 'early', input: {} }, 'input', 'cannot be replaced together with fromStep'],
    [{ fromStep: 5 }, 'fromStep', 'must be a string'],
    [{ fromStep: '' }, 'fromStep', 'must be longer'],
    [{ version: 'latest' }, 'version', 'must be the number of a version'],
    [{ version: 0 }, 'version', 'must be the number of a version'],
    [{ input: [] }, 'input', 'must be an object'],
    [{ step: 'late' }, 'step', 'is not a known field'],
  ])('that makes no sense is refused in both styles: %j', async (body, field, message) => {
    sink.on('/early', json({}, 400));
    const { id } = await aWorkflow(api, { steps: [call('/early'), echoStep('late')] });
    const original = await aRun(id);
    const bare = await replay(original.id, body);
    expect([bare.status, bare.body.errors?.[0]?.pointer]).toEqual([400, `/${field}`]);
    expect(bare.text).toContain(message.replaceAll('"', '\\"'));
    const enveloped = await replay(original.id, body, {}, api.in('x-api-key'));
    expect(enveloped.body).toMatchObject({ success: false, error: { details: [{ path: [field] }] } });
  });
});
