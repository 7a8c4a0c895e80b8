import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDraft, aWorkflow, echoStep } from '../factories/workflow.js';
import {
  type ApiClient,
  type CreatedApiKeyDto,
  type Envelope,
  type Page,
  type RunAcceptedDto,
  type RunDto,
  whenIn,
  whenOver,
} from '../support/api.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

const HEADER = 'idempotency-key';

let bed: TestBed;
let api: ApiClient;
let workflow: string;

beforeAll(async () => {
  bed = await openTestBed('idempotency');
  ({ api } = await bed.guest());
  workflow = (await aWorkflow(api)).id;
});
afterAll(() => bed.close());

interface Sent {
  body?: string;
  header?: string;
  input?: unknown;
  query?: string;
  to?: string;
  more?: object;
  caller?: ApiClient;
}

/** Runs the workflow with a key in the body, in the header, or in both. */
const send = ({ body, header, input = {}, query = '', to = workflow, more = {}, caller = api }: Sent) =>
  caller.post<RunAcceptedDto & { code?: string; errors?: { pointer: string }[] }>(
    `/api/v1/workflows/${to}/run${query}`,
    { input, ...(body !== undefined && { idempotencyKey: body }), ...more },
    header === undefined ? undefined : { [HEADER]: header },
  );

const replayed = ({ headers }: { headers: Headers }): string | null => headers.get('idempotent-replayed');
const runsOf = async (workflowId: string): Promise<RunDto[]> =>
  (await api.get<Page<RunDto>>(`/api/v1/runs?workflowId=${workflowId}`)).body.data;

describe('the same key again', () => {
  it.each([
    ['in the body', { body: 'k1' }, { body: 'k1' }],
    ['in the header', { header: 'k2' }, { header: 'k2' }],
    ['in either', { body: 'k3' }, { header: 'k3' }],
    ['in both', { body: 'k4', header: 'k4' }, { body: 'k4' }],
  ])('%s answers the run it started', async (_where, first, second) => {
    const [one, two] = [await send(first), await send(second)];
    expect([one.status, replayed(one)]).toEqual([202, null]);
    expect([two.status, replayed(two)]).toEqual([202, 'true']);
    expect(two.body).toMatchObject({ runId: one.body.runId, workflowId: workflow, workflowVersion: 1 });
    expect(two.headers.get('location')).toBe(`/api/v1/runs/${one.body.runId}`);
  });

  it('answers 200 with the finished run where the caller waits, and its true status where not', async () => {
    const first = await api.post<RunDto>(`/api/v1/workflows/${workflow}/run?wait=10`, {
      idempotencyKey: 'k5',
      input: { n: 1 },
    });
    const again = await api.post<RunDto>(`/api/v1/workflows/${workflow}/run?wait=10`, {
      idempotencyKey: 'k5',
      input: { n: 1 },
    });
    expect([again.status, replayed(again), again.body]).toEqual([200, 'true', first.body]);
    const brief = await send({ body: 'k5', input: { n: 1 } });
    expect([brief.status, replayed(brief), brief.body.status]).toEqual([202, 'true', 'completed']);
    const enveloped = await api
      .in('x-api-key')
      .post<Envelope<RunAcceptedDto>>(`/api/v1/workflows/${workflow}/run`, { idempotencyKey: 'k5', input: { n: 1 } });
    expect(enveloped.body).toEqual({ success: true, data: brief.body });
  });

  it('attaches a waiting caller to the run in progress', async () => {
    const { id } = await aWorkflow(api, {
      steps: [{ id: 'pause', type: 'wait', config: { duration: 400 } }, echoStep()],
    });
    const [first, second] = await Promise.all([1, 2].map(() => send({ body: 'k6', to: id, query: '?wait=10' })));
    expect([first?.status, second?.status]).toEqual([200, 200]);
    expect(second?.body).toEqual(first?.body);
    expect(await runsOf(id)).toHaveLength(1);
  });

  it('replays a failed run too', async () => {
    const { id } = await aWorkflow(api, { outputSchema: false });
    const first = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { idempotencyKey: 'k7' });
    const again = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { idempotencyKey: 'k7' });
    expect([first.body.status, again.body.id]).toEqual(['failed', first.body.id]);
  });

  it('replays whatever has become of the workflow', async () => {
    const { id } = await aWorkflow(api);
    const { body } = await send({ body: 'k8', to: id });
    await api.send('PUT', `/api/v1/workflows/${id}`, { body: { inputSchema: { type: 'object', required: ['x'] } } });
    for (const move of ['pause', 'archive']) {
      await api.post(`/api/v1/workflows/${id}/${move}`);
      const again = await send({ body: 'k8', to: id });
      expect([again.status, again.body.runId, again.body.workflowVersion]).toEqual([202, body.runId, 1]);
      expect((await send({ body: 'another', to: id })).status).toBe(400);
    }
  });

  it('counts for every key of the organization', async () => {
    const { body: other } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', {
      name: 'rotated',
      scopes: ['workflows:execute'],
    });
    const first = await send({ body: 'k9' });
    const again = await send({ body: 'k9', caller: api.with(other.key) });
    expect([again.status, again.body.runId]).toEqual([202, first.body.runId]);
  });

  it('by 100 at once makes one run', async () => {
    const { id } = await aWorkflow(api);
    for (const query of ['', '?wait=10']) {
      const key = `race${query}`;
      const answers = await Promise.all(Array.from({ length: 100 }, () => send({ body: key, to: id, query })));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([query === '' ? 202 : 200]));
      expect(answers.filter((answer) => replayed(answer) === null)).toHaveLength(1);
      const ids = answers.map(({ body }) => body.runId ?? (body as unknown as RunDto).id);
      expect(new Set(ids).size).toBe(1);
    }
    expect(await runsOf(id)).toHaveLength(2);
  });
});

describe('the same key for something else', () => {
  it.each<[string, Sent, Sent]>([
    ['another input', { input: { n: 1 } }, { input: { n: 2 } }],
    ['another connection', {}, { more: { connectionId: 'conn_x' } }],
    ['a test run', {}, { query: '?test=true' }],
    ['1 as text', { input: { n: 1 } }, { input: { n: '1' } }],
    ['null for absent', { input: {} }, { input: { n: null } }],
    ['another order of a list', { input: { l: [1, 2] } }, { input: { l: [2, 1] } }],
  ])('is refused with 422: %s', async (name, first, second) => {
    const { status } = await send({ ...first, body: `mismatch ${name}` });
    expect(status).toBe(202);
    const before = (await runsOf(workflow)).length;
    const answer = await send({ ...second, body: `mismatch ${name}` });
    expect([answer.status, answer.body.code]).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
    expect(await runsOf(workflow)).toHaveLength(before);
    const enveloped = await send({ ...second, body: `mismatch ${name}`, caller: api.in('x-api-key') });
    expect(enveloped.body).toMatchObject({ success: false, error: { code: 'IDEMPOTENCY_MISMATCH' } });
  });

  it.each<[string, Sent, Sent]>([
    ['another order of members', { input: { a: 1, b: { c: 2, d: 3 } } }, { input: { b: { d: 3, c: 2 }, a: 1 } }],
    ['another way to write a number', { input: { n: 1 } }, { input: { n: 1.0 } }],
    ['no input for an empty one', { input: {} }, { input: undefined }],
  ])('is not what %s is', async (name, first, second) => {
    const one = await send({ ...first, body: `same ${name}` });
    const two = await send({ ...second, body: `same ${name}` });
    expect([two.status, two.body.runId]).toEqual([202, one.body.runId]);
  });

  it('by 50 at once on each side: the first one decides, the others of its side replay', async () => {
    const { id } = await aWorkflow(api);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => send({ body: 'sides', to: id, input: { side: i % 2 } })),
    );
    const [run] = await runsOf(id);
    const { body } = await api.get<RunDto>(`/api/v1/runs/${run?.id}`);
    const winner = (body.input as { side: number }).side;
    answers.forEach((answer, i) => expect([i, answer.status]).toEqual([i, i % 2 === winner ? 202 : 422]));
    expect(await runsOf(id)).toHaveLength(1);
  });
});

describe('a key stands for one workflow of one organization', () => {
  it('and can be used again beside', async () => {
    const other = await aWorkflow(api);
    const stranger = (await bed.guest()).api;
    const theirs = await aWorkflow(stranger);
    const runs = [
      await send({ body: 'scope' }),
      await send({ body: 'scope', to: other.id, input: { n: 2 } }),
      await send({ body: 'scope', to: theirs.id, input: { n: 3 }, caller: stranger }),
    ];
    expect(runs.map(replayed)).toEqual([null, null, null]);
    expect(new Set(runs.map(({ body }) => body.runId)).size).toBe(3);
  });
});

describe('a key expires after 24 hours', () => {
  const age = (key: string, by: string) =>
    bed.sql(`update idempotency_keys set expires_at = expires_at - $2::interval where key = $1`, [key, by]);

  it('and not before', async () => {
    const first = await send({ body: 'young' });
    await age('young', '23 hours 59 minutes 50 seconds');
    const again = await send({ body: 'young' });
    expect([replayed(again), again.body.runId]).toEqual(['true', first.body.runId]);
  });

  it('from then on it starts a new run, also with another input, and stands for that one', async () => {
    const first = await send({ body: 'old' });
    await age('old', '24 hours 1 second');
    const second = await send({ body: 'old', input: { n: 2 } });
    expect([second.status, replayed(second)]).toEqual([202, null]);
    expect(second.body.runId).not.toBe(first.body.runId);
    const third = await send({ body: 'old', input: { n: 2 } });
    expect([replayed(third), third.body.runId]).toEqual(['true', second.body.runId]);
    await whenOver(api, first.body.runId);
  });

  it('by the clock of the first use, which a replay does not put off', async () => {
    await send({ body: 'fixed' });
    const [before] = await bed.sql('select expires_at from idempotency_keys where key = $1', ['fixed']);
    await send({ body: 'fixed' });
    expect(await bed.sql('select expires_at from idempotency_keys where key = $1', ['fixed'])).toEqual([before]);
  });
});

describe('what a key may be', () => {
  it('1 to 255 printable ASCII characters, in the body', async () => {
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
    for (const key of ['x', 'x'.repeat(255), printable]) expect((await send({ body: key })).status).toBe(202);
    for (const key of ['', 'x'.repeat(256), 'tab\t', 'ü', 'line\nbreak', '🔑']) {
      const answer = await send({ body: key });
      expect([key, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([key, 400, '/idempotencyKey']);
    }
    expect((await send({ more: { idempotencyKey: 5 } })).status).toBe(400);
  });

  it('the same in the header, where an empty one counts as none', async () => {
    for (const key of ['x'.repeat(255), 'a b!~']) expect((await send({ header: key })).status).toBe(202);
    for (const key of ['x'.repeat(256), 'a\tb', 'caf\u00e9']) {
      const answer = await send({ header: key });
      expect([key, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([key, 400, '/Idempotency-Key']);
    }
  });

  it('not one in the body and another in the header', async () => {
    const answer = await send({ body: 'one', header: 'two' });
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_ERROR']);
    for (const key of ['one', 'two']) expect(replayed(await send({ body: key }))).toBe(null);
  });
});

describe('a request that is refused uses up no key', () => {
  it('whatever the reason', async () => {
    const key = randomUUID();
    const draft = await aDraft(api, { inputSchema: { type: 'object', required: ['x'] } });
    expect((await send({ body: key, to: draft.id, input: { x: 1 } })).status).toBe(400);
    await api.post(`/api/v1/workflows/${draft.id}/activate`);
    expect((await send({ body: key, to: draft.id })).status).toBe(400);
    expect((await send({ body: key, to: draft.id, input: { x: 1 }, more: { nope: 1 } })).status).toBe(400);
    expect((await send({ body: key, to: draft.id, input: { x: 1 }, more: { dryRun: true } })).status).toBe(200);
    const answer = await send({ body: key, to: draft.id, input: { x: 2 } });
    expect([answer.status, replayed(answer)]).toEqual([202, null]);
  });

  it('and neither does a run that was cancelled lose its key', async () => {
    const { id } = await aWorkflow(api, { steps: [{ id: 'pause', type: 'wait', config: { duration: 60_000 } }] });
    const { body } = await send({ body: 'cancelled', to: id });
    await whenIn(api, body.runId, ['waiting']);
    await api.post(`/api/v1/runs/${body.runId}/cancel`);
    const again = await send({ body: 'cancelled', to: id });
    expect([again.status, again.body.runId, again.body.status]).toEqual([202, body.runId, 'cancelled']);
  });
});
