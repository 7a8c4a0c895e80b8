import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunChangesDto } from '../../src/modules/runs/dto/change-runs.dto.js';
import { aWorkflow, echoStep, type StepBody, workflowBody } from '../factories/workflow.js';
import { ApiClient, type Page, type RunAcceptedDto, type RunDto, whenIn, whenOver } from '../support/api.js';
import { tablesHolding } from '../support/dump.js';
import { startTarget, type Target } from '../support/http-target.js';
import { startServer } from '../support/server.js';
import { readSse } from '../support/sse.js';
import { ENCRYPTION_KEY, openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

const CARD = '4111-canary-1111';
const ENV = {
  ENCRYPTION_KEY,
  OUTBOUND_ALLOW: '127.0.0.0/8',
  SWEEP_INTERVAL_MS: '300',
  RUN_LEASE_MS: '1000',
};

let bed: TestBed;
let target: Target;
beforeAll(async () => {
  target = await startTarget((request, response) => {
    response.writeHead(request.url === '/refuse' ? 404 : 200, { 'content-type': 'application/json' }).end(request.body);
  });
  bed = await openTestBed('privacy', { env: ENV });
});
afterAll(async () => {
  await bed.close();
  await target.close();
});

const tables = (text: string): Promise<string[]> => tablesHolding(bed, text);

/** Passes the card on, in members and in texts, parks, and sends it out after that. */
const steps = (): StepBody[] => [
  echoStep(),
  {
    id: 'note',
    type: 'transform',
    config: { mapping: { text: 'Card {{steps.echo.output.input.card.number}}', amount: '{{input.amount}}' } },
  },
  { id: 'park', type: 'wait', config: { duration: 1_500 } },
  {
    id: 'charge',
    type: 'general_api',
    config: {
      url: `${target.url}/charge`,
      method: 'POST',
      body: { number: '{{input.card.number}}', note: '{{steps.note.output.text}}' },
    },
  },
];

/** Fails at once. */
const refused = (): StepBody => ({
  id: 'charge',
  type: 'general_api',
  config: { url: `${target.url}/refuse`, method: 'POST', body: { number: '{{input.card.number}}' } },
  retry: { maxAttempts: 1 },
});

/** Everything the API tells of a run: the run, the list it is in, and its events. */
async function told(api: ApiClient, runId: string): Promise<string> {
  const run = await api.get(`/api/v1/runs/${runId}`);
  const list = await api.get('/api/v1/runs');
  const response = await fetch(`${api.url}/api/v1/runs/${runId}/events`, { headers: api.credential() });
  const events: string[] = [];
  for await (const { data } of readSse(response)) if (data) events.push(data);
  return [run.text, list.text, ...events].join('\n');
}

async function start(api: ApiClient, settings: object, body: StepBody[] = steps()): Promise<string> {
  const { id } = await aWorkflow(api, { steps: body, settings });
  const input = { card: { number: CARD }, amount: 4_858 };
  const { body: run, status, text } = await api.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, { input });
  expect(status, text).toBe(202);
  return run.runId;
}

describe('redacted values', () => {
  const settings = { redact: ['input.card.number'] };

  it('are nowhere in the database, neither while the run is parked nor after its end, nor in what the API tells', async () => {
    const { api } = await bed.guest();
    const runId = await start(api, settings);
    const parked = await whenIn(api, runId, ['waiting']);
    expect(parked.input).toEqual({ card: { number: '[redacted]' }, amount: 4_858 });
    expect(parked.steps.find(({ id }) => id === 'note')?.output).toEqual({ text: 'Card [redacted]', amount: 4_858 });
    expect(await tables(CARD)).toEqual([]);
    const over = await whenOver(api, runId);
    expect(over).toMatchObject({ status: 'completed', input: parked.input });
    expect(JSON.parse(target.requests.at(-1)?.body ?? '')).toEqual({ number: CARD, note: `Card ${CARD}` });
    const text = await told(api, runId);
    expect(text).not.toContain(CARD);
    expect(text).toContain('Card [redacted]');
    expect(await tables(CARD)).toEqual([]);
  });

  it('are erased at the end, and the rest is kept in clear', async () => {
    const { api } = await bed.guest();
    const runId = await start(api, settings);
    const before = await whenOver(api, runId);
    await until(async () => {
      const rows = await bed.sql<{ sealed: boolean }>('select sealed from runs where id = $1', [runId.slice(4)]);
      expect(rows).toEqual([{ sealed: false }]);
    });
    const [row] = await bed.sql<{ run: string; events: string }>(
      'select r::text as run, (select string_agg(e::text, $2) from run_events e where run_id = r.id) as events from runs r where id = $1',
      [runId.slice(4), '\n'],
    );
    for (const text of [row?.run, row?.events]) expect(text).not.toContain('$sealed');
    expect(row?.events).toContain('Card [redacted]');
    expect(await whenOver(api, runId)).toEqual(before);
  });

  it('are shown to nobody in the answer to a synchronous call, and never written by it', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api, { settings: { redact: ['input.card', 'steps.echo.output.input.pin'] } });
    const input = { card: { number: CARD }, pin: 77_881, name: 'Ann' };
    const { body, text } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input });
    expect(text).not.toMatch(/canary|77881/);
    expect(body).toMatchObject({
      status: 'completed',
      output: { input: { card: { number: '[redacted]' }, name: 'Ann' } },
    });
    expect((await api.get<RunDto>(`/api/v1/runs/${body.id}`)).body.output).toEqual(body.output);
    expect([...(await tables(CARD)), ...(await tables('77881'))]).toEqual([]);
  });
});

describe.each(['metadata', 'none'] as const)('a run of which %s is stored', (store) => {
  it('shows its output to those who ask in time, and of its steps no more than how they went', async () => {
    const { api } = await bed.guest();
    const runId = await start(api, { store });
    const parked = await whenIn(api, runId, ['waiting']);
    expect(parked.input).toBe('[redacted]');
    expect(await tables(CARD)).toEqual([]);
    const over = await whenOver(api, runId);
    expect(over).toMatchObject({ status: 'completed', output: { body: { number: CARD } } });
    expect(over.steps.map(({ id, status, input, output }) => [id, status, input, output])).toEqual(
      ['echo', 'note', 'park', 'charge'].map((id) => [id, 'completed', '[redacted]', '[redacted]']),
    );
    expect((await told(api, runId)).replace(JSON.stringify(over.output), '')).not.toContain(CARD);
    expect(await tables(CARD)).toEqual([]);
  });

  it('tells the code of an error, and not its message', async () => {
    const { api } = await bed.guest();
    const runId = await start(api, { store }, [refused()]);
    const over = await whenOver(api, runId);
    expect(over).toMatchObject({
      error: { code: 'STEP_ERROR', message: '[redacted]', step: 'charge' },
      steps: [{ error: { code: 'HTTP_STATUS', message: '[redacted]' } }],
    });
    const list = await api.get<Page<RunDto>>('/api/v1/runs');
    expect(list.body.data[0]?.error).toEqual(over.error);
  });

  it('is executed on the spot without a trace of what it worked with', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api, { settings: { store } });
    const { body } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input: { card: CARD } });
    expect(body).toMatchObject({ status: 'completed', input: '[redacted]', output: { input: { card: CARD } } });
    const later = (await api.get<RunDto>(`/api/v1/runs/${body.id}`)).body;
    expect(later).toMatchObject({ status: 'completed', input: '[redacted]', output: '[redacted]' });
    expect(later.steps).toHaveLength(store === 'none' ? 0 : 1);
    expect(await told(api, body.id)).not.toContain(CARD);
    expect(await tables(CARD)).toEqual([]);
  });
});

describe('a server that is killed while private runs are parked', () => {
  it('goes on with what they were given', async () => {
    const own = await openTestBed('privacy-crash', { env: ENV });
    let second: Awaited<ReturnType<typeof startServer>> | undefined;
    try {
      const { api } = await own.guest();
      const runs = [];
      for (const settings of [{ redact: ['input.card'] }, { store: 'metadata' }, { store: 'none' }]) {
        runs.push(await start(api, settings));
      }
      for (const runId of runs) await whenIn(api, runId, ['waiting']);
      await own.server.kill();
      target.requests.length = 0;
      second = await startServer({ databaseUrl: own.databaseUrl, env: ENV });
      const again = new ApiClient(second.url, api.key);
      for (const runId of runs) expect(await whenOver(again, runId)).toMatchObject({ status: 'completed' });
      const bodies = target.requests.map(({ body }) => JSON.parse(body) as object);
      expect(bodies).toEqual(runs.map(() => ({ number: CARD, note: `Card ${CARD}` })));
      expect(await tablesHolding(own, CARD)).toEqual([]);
    } finally {
      await second?.stop();
      await own.close();
    }
  });
});

describe('an approval in a private run', () => {
  it('is decided, and the decision is stored encrypted', async () => {
    const { api } = await bed.guest();
    const ask: StepBody = {
      id: 'ask',
      type: 'approval',
      config: { message: 'Refund?', data: { card: '{{input.card.number}}' } },
    };
    const answer: StepBody = {
      id: 'answer',
      type: 'transform',
      config: { mapping: { why: '{{steps.ask.output.comment}}' } },
    };
    const runId = await start(api, { store: 'metadata' }, [ask, answer]);
    await whenIn(api, runId, ['waiting']);
    const body = { decision: 'approved', comment: 'canary-of-a-comment' };
    expect((await api.post(`/api/v1/runs/${runId}/steps/ask/decision`, body)).status).toBe(200);
    expect(await whenOver(api, runId)).toMatchObject({ output: { why: 'canary-of-a-comment' } });
    expect([...(await tables('canary-of-a-comment')), ...(await tables(CARD))]).toEqual([]);
  });
});

describe('a run whose payloads are erased', () => {
  it('cannot be retried, and says why', async () => {
    const { api } = await bed.guest();
    const outputSchema = { type: 'object', required: ['never'] };
    const { id } = await aWorkflow(api, { outputSchema, settings: { store: 'metadata' } });
    const { body } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`);
    expect(body.status).toBe('failed');
    const answer = await api.post(`/api/v1/runs/${body.id}/retry`);
    expect([answer.status, answer.body.code]).toEqual([409, 'PAYLOAD_ERASED']);
    const bulk = await api.post<RunChangesDto>('/api/v1/runs/bulk', { action: 'retry', filter: { ids: [body.id] } });
    expect(bulk.body).toMatchObject({ done: 0, failed: [{ id: body.id, error: { code: 'PAYLOAD_ERASED' } }] });
  });

  it('cannot be replayed, but with an input of its own', async () => {
    const { api } = await bed.guest();
    const { id } = await aWorkflow(api, { settings: { store: 'metadata' } });
    const { body } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input: { card: CARD } });
    const refusal = await api.post(`/api/v1/runs/${body.id}/replay`, {});
    expect([refusal.status, refusal.body.code]).toEqual([409, 'PAYLOAD_ERASED']);
    expect((await api.post(`/api/v1/runs/${body.id}/replay`, { input: { card: 'other' } })).status).toBe(202);
  });

  it('is replayed until then with what it was given, as private as it was', async () => {
    const { api } = await bed.guest();
    const runId = await start(api, { redact: ['input.card'] }, [refused()]);
    await whenOver(api, runId);
    target.requests.length = 0;
    const { body, status, text } = await api.post<RunAcceptedDto>(`/api/v1/runs/${runId}/replay`, {});
    expect(status, text).toBe(202);
    await whenOver(api, body.runId);
    expect(JSON.parse(target.requests[0]?.body ?? '')).toMatchObject({ number: CARD });
    expect(await tables(CARD)).toEqual([]);
  });

  it('can be retried until then', async () => {
    const { api } = await bed.guest();
    const runId = await start(api, { redact: ['input.card'] }, [refused()]);
    await whenOver(api, runId);
    target.requests.length = 0;
    expect((await api.post(`/api/v1/runs/${runId}/retry`)).status).toBe(202);
    await until(() => target.requests.length > 0);
    expect(JSON.parse(target.requests[0]?.body ?? '')).toMatchObject({ number: CARD });
  });
});

describe('a workflow with privacy', () => {
  it.each([
    [{ store: 'some' }, '/settings/store'],
    [{ redact: ['card.number'] }, '/settings/redact/0'],
    [{ redact: ['input.a', 'steps.nobody.output'] }, '/settings/redact/1'],
    [{ redact: 'input' }, '/settings/redact'],
    [{ redact: [''] }, '/settings/redact'],
  ])('is refused with the path: %j', async (settings, pointer) => {
    const { api } = await bed.guest();
    const answer = await api.post<{ errors: { pointer: string }[] }>('/api/v1/workflows', workflowBody({ settings }));
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.errors[0]?.pointer).toBe(pointer);
  });

  it('is refused by a server without a key, which names the setting', async () => {
    const own = await openTestBed('privacy-no-key', { env: { ...ENV, ENCRYPTION_KEY: '' } });
    try {
      const { api } = await own.guest();
      const answer = await api.post('/api/v1/workflows', workflowBody({ settings: { store: 'none' } }));
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).toContain('ENCRYPTION_KEY');
      expect((await api.post('/api/v1/workflows', workflowBody({ settings: { store: 'full' } }))).status).toBe(201);
    } finally {
      await own.close();
    }
  });

  it('that keeps everything costs its runs nothing: they are stored as they are', async () => {
    const { api } = await bed.guest();
    const runId = await start(api, { store: 'full' });
    await whenOver(api, runId);
    expect(await bed.sql('select sealed, store, input from runs where id = $1', [runId.slice(4)])).toEqual([
      { sealed: false, store: 'full', input: { card: { number: CARD }, amount: 4_858 } },
    ]);
    await bed.sql('delete from runs where id = $1', [runId.slice(4)]);
  });
});
