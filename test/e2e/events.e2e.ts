import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow, echoStep, type StepBody } from '../factories/workflow.js';
import {
  ApiClient,
  type CreatedApiKeyDto,
  type Problem,
  type RunAcceptedDto,
  type RunDto,
  type RunEventDto,
  whenIn,
  whenOver,
} from '../support/api.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { held, json, type Sink, startSink } from '../support/sink.js';
import { readSse, type SseMessage } from '../support/sse.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

const ENV = { OUTBOUND_ALLOW: '127.0.0.0/8', SWEEP_INTERVAL_MS: '300' };

let bed: TestBed;
let sink: Sink;
let guest: Guest;
let api: ApiClient;
/** Another API process on the same database, which executes nothing. */
let replica: ServerProcess;
/** A run that stays parked, and streams of it that are open from the start of the file on. */
let parked: string;
let quiet: QuietStream;
let revoked: QuietStream;

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('events', { env: ENV });
  guest = await bed.guest();
  ({ api } = guest);
  replica = await startServer({ databaseUrl: bed.databaseUrl, env: ENV, role: 'api' });
  parked = await aParkedRun();
  quiet = await openQuietStream(api);
  const { body: key } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', { name: 'watcher' });
  revoked = await openQuietStream(api.with(key.key));
  await api.send('DELETE', `/api/v1/api-keys/${key.id}`);
});
afterAll(async () => {
  quiet.stop();
  revoked.stop();
  await replica.stop();
  await bed.close();
  await sink.close();
});

/** What a stream that is read all along has brought so far. */
interface QuietStream {
  messages: SseMessage[];
  ended: () => boolean;
  stop: () => void;
}

async function aParkedRun(): Promise<string> {
  const { id } = await aWorkflow(api, { steps: [{ id: 'pause', type: 'wait', config: { duration: 600_000 } }] });
  const runId = await start(id);
  await whenIn(api, runId, ['waiting']);
  return runId;
}

async function openQuietStream(caller: ApiClient): Promise<QuietStream> {
  const { response, stop } = await open(parked, { caller });
  expect(response.status).toBe(200);
  const messages: SseMessage[] = [];
  let ended = false;
  const read = async (): Promise<void> => {
    for await (const message of readSse(response)) messages.push(message);
  };
  // Stopping it at the end of the file breaks it off.
  read().then(
    () => (ended = true),
    () => undefined,
  );
  return { messages, ended: () => ended, stop };
}

const call = (id: string, path: string): StepBody => ({ id, type: 'general_api', config: { url: sink.url + path } });
const start = async (workflowId: string): Promise<string> =>
  (await api.post<RunAcceptedDto>(`/api/v1/workflows/${workflowId}/run`, {})).body.runId;

/** Opens the stream of a run. */
async function open(
  runId: string,
  { after, query = '', caller = api }: { after?: string | number; query?: string; caller?: ApiClient } = {},
): Promise<{ response: Response; stop: () => void }> {
  const controller = new AbortController();
  const headers = { ...caller.credential(), ...(after !== undefined && { 'last-event-id': String(after) }) };
  const response = await fetch(`${caller.url}/api/v1/runs/${runId}/events${query}`, {
    headers,
    signal: controller.signal,
  });
  return { response, stop: () => controller.abort() };
}

const eventOf = ({ data = '' }: SseMessage): RunEventDto => JSON.parse(data) as RunEventDto;

/** Everything from a position on, to the end of the stream. */
async function readAll(runId: string, from: Parameters<typeof open>[1] = {}): Promise<SseMessage[]> {
  const { response } = await open(runId, from);
  expect(response.status).toBe(200);
  const messages: SseMessage[] = [];
  for await (const message of readSse(response)) messages.push(message);
  return messages.filter(({ comment }) => comment === undefined);
}

const idsOf = (messages: SseMessage[]): number[] => messages.map(({ id }) => Number(id));
const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

async function aFinishedRun(): Promise<RunDto> {
  const { id } = await aWorkflow(api, { steps: [echoStep('a'), call('b', '/finished'), echoStep('c')] });
  return (await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input: { x: 1 } })).body;
}

describe('the events of a finished run', () => {
  it('are all there, numbered from 1 without gaps, and then the stream ends', async () => {
    const run = await aFinishedRun();
    const messages = await readAll(run.id);
    expect(idsOf(messages)).toEqual(upTo(messages.length));
    const events = messages.map(eventOf);
    expect(events.map(({ type, stepId }) => (stepId ? `${type} ${stepId}` : type))).toEqual([
      'run.queued',
      'run.started',
      ...['a', 'b', 'c'].flatMap((step) => [`step.started ${step}`, `step.completed ${step}`]),
      'run.completed',
    ]);
    expect(messages.map(({ event }) => event)).toEqual(events.map(({ type }) => type));
    expect(events.map(({ seq }) => seq)).toEqual(idsOf(messages));
    expect(new Set(events.map(({ runId }) => runId))).toEqual(new Set([run.id]));
    expect(events[3]).toMatchObject({ stepId: 'a', attempt: 1, output: { input: { x: 1 } } });
    expect(events.at(-1)?.output).toEqual(run.output);
    const times = events.map(({ at }) => Date.parse(at));
    expect(times.every((time) => !Number.isNaN(time))).toBe(true);
  });

  it('come as an event stream that nobody on the way buffers or keeps, whatever the style', async () => {
    const run = await aFinishedRun();
    for (const style of ['bearer', 'x-api-key'] as const) {
      const { response, stop } = await open(run.id, { caller: api.in(style) });
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      expect(response.headers.get('cache-control')).toMatch(/no-store|no-cache/);
      expect(response.headers.get('x-accel-buffering')).toBe('no');
      const [first] = (await readAll(run.id, { caller: api.in(style) })).map(eventOf);
      expect(first).toMatchObject({ seq: 1, type: 'run.queued' });
      stop();
    }
  });

  it('are resumed at every position, by Last-Event-ID, by starting_after, and on another replica', async () => {
    const run = await aFinishedRun();
    const all = await readAll(run.id);
    const elsewhere = new ApiClient(replica.url, api.key);
    for (const position of upTo(all.length + 1, 0)) {
      const rest = all.slice(position);
      expect(await readAll(run.id, { after: position })).toEqual(rest);
      expect(await readAll(run.id, { query: `?starting_after=${position}` })).toEqual(rest);
      expect(await readAll(run.id, { after: position, caller: elsewhere })).toEqual(rest);
    }
  });

  it('of one that was executed on the spot are the same', async () => {
    const { id } = await aWorkflow(api);
    const { body: run } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, {});
    const types = (await readAll(run.id)).map(({ event }) => event);
    expect(types).toEqual(['run.queued', 'run.started', 'step.started', 'step.completed', 'run.completed']);
  });
});

describe('the events of a live run', () => {
  const steps = 6;
  /** A run whose middle waits for the test. */
  async function aHeldRun(name: string): Promise<{ runId: string; release: () => void }> {
    const { answer, release } = held();
    sink.on(`/${name}`, answer);
    const before = Array.from({ length: steps }, (_, i) => call(`before-${i}`, '/ok'));
    const after = Array.from({ length: steps }, (_, i) => call(`after-${i}`, '/ok'));
    const { id } = await aWorkflow(api, { steps: [...before, call('middle', `/${name}`), ...after] });
    return { runId: await start(id), release };
  }
  const LAST = 2 * (2 * steps + 1) + 3;

  it.each(['here', 'on another replica'])('arrive as they happen, %s', async (place) => {
    const { runId, release } = await aHeldRun(place.replaceAll(' ', '-'));
    const caller = place === 'here' ? api : new ApiClient(replica.url, api.key);
    const { response } = await open(runId, { caller });
    const seen: SseMessage[] = [];
    for await (const message of readSse(response)) {
      seen.push(message);
      if (eventOf(message).stepId === 'middle' && message.event === 'step.started') release();
    }
    expect(idsOf(seen)).toEqual(upTo(LAST));
    expect(seen.at(-1)?.event).toBe('run.completed');
    expect(await readAll(runId)).toEqual(seen);
  });

  it('come once each to a client that is cut off after every single one, on changing replicas', async () => {
    const { runId, release } = await aHeldRun('cut');
    const callers = [api, new ApiClient(replica.url, api.key)];
    const seen: SseMessage[] = [];
    while (seen.at(-1)?.event !== 'run.completed') {
      const { response, stop } = await open(runId, {
        after: seen.at(-1)?.id ?? 0,
        caller: callers[seen.length % 2] ?? api,
      });
      for await (const message of readSse(response)) {
        seen.push(message);
        break;
      }
      stop();
      if (seen.length === steps) release();
    }
    expect(idsOf(seen)).toEqual(upTo(LAST));
    expect(await readAll(runId)).toEqual(seen);
  });

  it('reach many watchers alike', async () => {
    const { runId, release } = await aHeldRun('many');
    const streams = Promise.all(Array.from({ length: 12 }, (_, i) => readAll(runId, { after: i % 3 })));
    await until(() => sink.at('/many').length === 1);
    release();
    for (const [i, messages] of (await streams).entries()) expect(idsOf(messages)).toEqual(upTo(LAST, 1 + (i % 3)));
  });

  it('do not depend on a watcher: the run completes when it leaves', async () => {
    const { runId, release } = await aHeldRun('leave');
    const { stop } = await open(runId);
    stop();
    release();
    expect((await whenOver(api, runId)).status).toBe('completed');
  });

  it('end with a cancel of the parked run', async () => {
    const runId = await aParkedRun();
    const elsewhere = readAll(runId, { caller: new ApiClient(replica.url, api.key) });
    await api.post(`/api/v1/runs/${runId}/cancel`);
    const events = (await elsewhere).map(eventOf);
    expect(events.map(({ type }) => type)).toEqual([
      'run.queued',
      'run.started',
      'step.started',
      'step.waiting',
      'run.waiting',
      'run.cancelled',
    ]);
    expect(events.at(-1)?.error).toMatchObject({ code: 'CANCELLED' });
    expect(events[3]?.until).toBe(events[4]?.until);
  });

  it('go on through a failure and its retry, numbered on', async () => {
    sink.on('/once', json({}, 400));
    const { id } = await aWorkflow(api, { steps: [call('a', '/once'), echoStep()] });
    const { body: failed } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, {});
    const first = await readAll(failed.id);
    expect(first.at(-1)?.event).toBe('run.failed');
    sink.on('/once', json({}));
    await api.post(`/api/v1/runs/${failed.id}/retry`);
    await whenOver(api, failed.id);
    const all = await readAll(failed.id);
    expect(all.slice(0, first.length)).toEqual(first);
    expect(idsOf(all)).toEqual(upTo(all.length));
    expect(all.slice(first.length).map(({ event }) => event)).toEqual([
      'run.retried',
      'run.started',
      'step.started',
      'step.completed',
      'step.started',
      'step.completed',
      'run.completed',
    ]);
    expect(await readAll(failed.id, { after: first.length })).toEqual(all.slice(first.length));
  });
});

describe('a request for events is refused', () => {
  it.each(['x', '-1', '1.5', '1e3', '99999999999'])('with the position %s', async (position) => {
    const run = await aFinishedRun();
    for (const from of [{ after: position }, { query: `?starting_after=${position}` }]) {
      const { response } = await open(run.id, from);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        400,
        expect.stringMatching(/^application\/problem\+json/),
      ]);
      const body = (await response.json()) as Problem;
      expect(body.code).toBe('VALIDATION_ERROR');
      expect(body.errors?.[0]?.pointer).toMatch(/Last-Event-ID|starting_after/);
    }
  });

  it('for a run of another organization and for one that is none, in the same way', async () => {
    const run = await aFinishedRun();
    const other = (await bed.guest()).api;
    for (const [caller, id] of [
      [other, run.id],
      [api, 'run_nope'],
      [api, run.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ] as const) {
      const { response } = await open(id, { caller });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'NOT_FOUND', detail: 'Run not found' });
    }
  });
});

describe('a key may have 20 streams open at a process', () => {
  it('and one more when it has closed one', async () => {
    const { answer, release } = held();
    sink.on('/watched', answer);
    const { api: watcher } = await bed.guest();
    const { id } = await aWorkflow(watcher, { steps: [call('a', '/watched')] });
    const { body } = await watcher.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, {});
    const caller = new ApiClient(replica.url, watcher.key);
    const streams = await Promise.all(Array.from({ length: 20 }, () => open(body.runId, { caller })));
    expect(new Set(streams.map(({ response }) => response.status))).toEqual(new Set([200]));
    const refused = await open(body.runId, { caller });
    expect(refused.response.status).toBe(429);
    expect(await refused.response.json()).toMatchObject({ code: 'TOO_MANY_STREAMS', retryable: true });
    expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    streams[0]?.stop();
    const more = await until(async () => {
      const next = await open(body.runId, { caller });
      return next.response.status === 200 && next;
    });
    for (const { stop } of [...streams, more]) stop();
    release();
    expect((await whenOver(watcher, body.runId)).status).toBe('completed');
  });
});

describe('a quiet stream', () => {
  it('stays open, kept alive by comments', async () => {
    expect(quiet.messages.map(({ event }) => event)).toContain('run.waiting');
    await until(() => quiet.messages.some(({ comment }) => comment !== undefined), { timeoutMs: 20_000 });
    expect(quiet.ended()).toBe(false);
  });

  it('is closed at the next sign of life once its key was revoked', async () => {
    expect(revoked.messages.map(({ event }) => event)).toContain('run.waiting');
    await until(() => revoked.ended(), { timeoutMs: 20_000 });
    expect(revoked.messages.filter(({ comment }) => comment !== undefined)).toHaveLength(1);
  });
});
