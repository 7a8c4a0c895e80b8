import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkflow, type StepBody } from '../factories/workflow.js';
import { ApiClient, type RunAcceptedDto, type RunDto, whenIn, whenOver } from '../support/api.js';
import { startServer } from '../support/server.js';
import { hang, inTurn, json, type Sink, startSink } from '../support/sink.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';
import { until } from '../support/until.js';

const ENV = { OUTBOUND_ALLOW: '127.0.0.0/8', SWEEP_INTERVAL_MS: '300', RUN_LEASE_MS: '1000' };

let bed: TestBed;
let sink: Sink;
let api: ApiClient;

beforeAll(async () => {
  sink = await startSink();
  bed = await openTestBed('steps', { env: ENV });
  ({ api } = await bed.guest());
});
afterAll(async () => {
  await bed.close();
  await sink.close();
});

const transform = (id: string, mapping: object): StepBody => ({ id, type: 'transform', config: { mapping } });
const condition = (id: string, config: object): StepBody => ({ id, type: 'condition', config });
const pause = (duration: number | string): StepBody => ({ id: 'pause', type: 'wait', config: { duration } });
const call = (
  id: string,
  path: string,
  { config = {}, ...rest }: { config?: object; [member: string]: unknown } = {},
): StepBody => ({
  id,
  type: 'general_api',
  config: { url: sink.url + path, ...config },
  ...rest,
});

/** Runs these steps to their end. */
async function outcome(steps: StepBody[], input: object = {}, members: object = {}): Promise<RunDto> {
  const { id } = await aWorkflow(api, { steps, ...members });
  const { body, status, text } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=20`, { input });
  expect(status, text).toBe(200);
  return body;
}
const statuses = (run: RunDto): Record<string, string> =>
  Object.fromEntries(run.steps.map(({ id, status }) => [id, status]));

describe('data between steps', () => {
  it('keeps the type of a value that is exactly one template, and a missing path is null', async () => {
    const run = await outcome(
      [
        transform('a', {
          list: '{{input.list}}',
          text: 'n={{input.n}}',
          n: '{{ input.n }}',
          none: '{{input.x.y}}',
          proto: '{{input.constructor}}',
        }),
        transform('b', { first: '{{steps.a.output.list.0}}', run: '{{run.id}}', env: '{{env.HOME}}' }),
      ],
      { list: [{ id: 1 }], n: 2.5 },
    );
    expect(run.steps[0]?.output).toEqual({ list: [{ id: 1 }], text: 'n=2.5', n: 2.5, none: null, proto: null });
    expect(run.output).toEqual({ first: { id: 1 }, run: run.id.slice(4), env: null });
  });

  it('keeps money exact', async () => {
    const mapping = {
      tax: "{{input.items | map: 'quantity * price' | sum | times: 0.08}}",
      thirds: '{{input.a | plus: input.b}}',
    };
    const items = [
      { quantity: 2, price: 1999 },
      { quantity: 1, price: 500 },
    ];
    expect((await outcome([transform('a', mapping)], { items, a: 0.1, b: 0.2 })).output).toEqual({
      tax: 359.84,
      thirds: 0.3,
    });
  });

  it('is carried by variables too, also over a wait', async () => {
    const run = await outcome(
      [
        { id: 'one', type: 'set_state', config: { variables: { count: 1, who: '{{input.who}}' } } },
        pause(50),
        { id: 'two', type: 'set_state', config: { name: 'count', value: '{{variables.count | plus: 1}}' } },
        transform('end', { text: '{{variables.who}}:{{variables.count}}' }),
      ],
      { who: 'ann' },
    );
    expect(run.output).toEqual({ text: 'ann:2' });
  });

  it('ends at a response, with its output', async () => {
    const run = await outcome([
      transform('a', { x: 1 }),
      { id: 'r', type: 'response', config: { output: { said: '{{steps.a.output.x}}' } } },
      call('never', '/after-response'),
    ]);
    expect(run).toMatchObject({ status: 'completed', output: { said: 1 } });
    expect(sink.at('/after-response')).toEqual([]);
  });
});

describe('a condition', () => {
  const steps = [
    condition('c', {
      expression: '{{input.amount}} > 100 && input.currency == "usd"',
      then: ['big', 'bigger'],
      else: ['small'],
    }),
    transform('big', { is: 'big' }),
    transform('bigger', { is: '{{steps.big.output.is}}ger' }),
    transform('small', { is: 'small' }),
    transform('end', { big: '{{steps.bigger.output.is}}', small: '{{steps.small.output.is}}' }),
  ];

  it('runs the steps of one branch and skips the other', async () => {
    const yes = await outcome(steps, { amount: 101, currency: 'usd' });
    expect(yes.output).toEqual({ big: 'bigger', small: null });
    expect(statuses(yes)).toEqual({
      c: 'completed',
      big: 'completed',
      bigger: 'completed',
      small: 'skipped',
      end: 'completed',
    });
    expect(yes.steps[0]?.output).toEqual({ result: true });
    const no = await outcome(steps, { amount: 100, currency: 'usd' });
    expect(no.output).toEqual({ big: null, small: 'small' });
    expect(statuses(no)).toMatchObject({ big: 'skipped', bigger: 'skipped', small: 'completed', end: 'completed' });
  });

  it('nests', async () => {
    const nested = [
      condition('outer', {
        condition: { left: '{{input.a}}', operator: 'eq', right: 1 },
        then: ['inner'],
        else: ['no'],
      }),
      condition('inner', { conditions: [{ left: '{{input.b}}', operator: 'exists' }, 'input.b > 1'], then: ['both'] }),
      transform('both', { x: 'both' }),
      transform('no', { x: 'no' }),
      transform('end', { both: '{{steps.both.output.x}}', no: '{{steps.no.output.x}}' }),
    ];
    expect((await outcome(nested, { a: 1, b: 2 })).output).toEqual({ both: 'both', no: null });
    expect((await outcome(nested, { a: 1 })).output).toEqual({ both: null, no: null });
    expect((await outcome(nested, { a: 2, b: 2 })).output).toEqual({ both: null, no: 'no' });
  });

  it('that cannot be decided fails its step, and is never silently false', async () => {
    const run = await outcome([condition('c', { expression: 'input.name > 5', else: ['e'] }), transform('e', {})], {
      name: { first: 'ann' },
    });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'STEP_ERROR', step: 'c' } });
    expect(run.steps).toMatchObject([{ id: 'c', status: 'failed', error: { code: 'EXPRESSION_FAILED' } }]);
    expect(run.steps[0]?.error?.message).toMatch(/expression/);
  });
});

describe('an HTTP step', () => {
  it('sends what is configured and gives back what was answered', async () => {
    sink.on('/full', json({ id: 7 }, 201, { 'x-request': 'abc', 'set-cookie': 'session=1' }));
    const run = await outcome(
      [
        call('h', '/full?fixed=1', {
          config: {
            method: 'post',
            headers: { 'x-customer': '{{input.id}}' },
            params: { tags: ['a', 'b'], none: null, n: '{{input.n}}' },
            body: { amount: '{{input.n}}' },
          },
        }),
      ],
      { id: 'cus_1', n: 5 },
    );
    expect(sink.at('/full')).toMatchObject([
      {
        method: 'POST',
        url: '/full?fixed=1&tags=a&tags=b&n=5',
        body: '{"amount":5}',
        headers: {
          'x-customer': 'cus_1',
          'content-type': 'application/json',
          'idempotency-key': `${run.id.slice(4)}:h`,
        },
      },
    ]);
    expect(run.output).toMatchObject({ status: 201, body: { id: 7 }, headers: { 'x-request': 'abc' } });
    expect(JSON.stringify(run)).not.toContain('session=1');
  });

  it('takes any status as an answer where the step says so', async () => {
    sink.on('/teapot', json({ pot: true }, 418));
    const run = await outcome([call('h', '/teapot', { config: { failOnStatus: false } })]);
    expect(run.output).toMatchObject({ status: 418, body: { pot: true } });
  });
});

describe('a failing step', () => {
  it('is not repeated when repeating cannot help, and names the step', async () => {
    sink.on('/gone', json({}, 404));
    const run = await outcome([call('fetch', '/gone', { name: 'Fetch rate' }), transform('after', {})]);
    expect(run).toMatchObject({ status: 'failed', errorCode: 'STEP_ERROR', output: null });
    expect(run.error).toEqual({
      code: 'STEP_ERROR',
      message: 'Step Fetch rate (fetch) failed: The server answered 404',
      step: 'fetch',
    });
    expect(statuses(run)).toEqual({ fetch: 'failed' });
    expect(sink.at('/gone')).toHaveLength(1);
  });

  it('is tried as often as it says, under one idempotency key', async () => {
    sink.on('/flaky', inTurn(json({}, 500), json({}, 503), json({ ok: 1 })));
    sink.on('/down', json({}, 500));
    const retry = { maxAttempts: 4, initialDelayMs: 10, factor: 1 };
    const good = await outcome([call('h', '/flaky', { retry })]);
    expect(good.steps).toMatchObject([{ status: 'completed', attempt: 3, error: null }]);
    expect(new Set(sink.at('/flaky').map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    const bad = await outcome([call('h', '/down', { retryConfig: retry })]);
    expect(bad.steps).toMatchObject([{ status: 'failed', attempt: 4, error: { code: 'HTTP_STATUS' } }]);
    expect(sink.at('/down')).toHaveLength(4);
  });

  it('waits as long as Retry-After says: shortly in place, longer by parking the run', async () => {
    const arrivals: number[] = [];
    const busy = (seconds: string) =>
      inTurn(
        (response) => (arrivals.push(Date.now()), response.writeHead(429, { 'retry-after': seconds }).end()),
        (response, request) => (arrivals.push(Date.now()), json({})(response, request)),
      );
    sink.on('/busy-1', busy('1'));
    sink.on('/busy-3', busy('3'));
    const retry = { maxAttempts: 2, initialDelayMs: 1 };
    expect((await outcome([call('h', '/busy-1', { retry })])).status).toBe('completed');
    expect((arrivals[1] ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThanOrEqual(1_000);

    const { id } = await aWorkflow(api, { steps: [call('h', '/busy-3', { retry })] });
    const { body } = await api.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, {});
    const parked = await whenIn(api, body.runId, ['waiting']);
    expect(parked.steps).toMatchObject([{ status: 'retrying', attempt: 1, error: { code: 'HTTP_STATUS' } }]);
    expect((await whenOver(api, body.runId)).steps).toMatchObject([{ status: 'completed', attempt: 2 }]);
    expect((arrivals[3] ?? 0) - (arrivals[2] ?? 0)).toBeGreaterThanOrEqual(3_000);
  });

  it('that takes too long is cut off at its timeoutMs', async () => {
    let closed = 0;
    sink.on('/hang', (response) => void response.on('close', () => closed++));
    const run = await outcome([call('h', '/hang', { timeoutMs: 150, retry: { maxAttempts: 2, initialDelayMs: 1 } })]);
    expect(run.steps).toMatchObject([
      { status: 'failed', attempt: 2, error: { code: 'TIMEOUT', message: expect.stringContaining('150') as string } },
    ]);
    await until(() => closed === 2);
  });

  it('lets the run go on where it says so, with null or its fallback as the output', async () => {
    sink.on('/optional', json({}, 400));
    const run = await outcome([
      call('a', '/optional', { onError: 'continue' }),
      call('b', '/optional', { errorHandling: { strategy: 'continue', fallback: { rate: 1 } } }),
      transform('end', { a: '{{steps.a.output}}', rate: '{{steps.b.output.rate}}' }),
    ]);
    expect(run).toMatchObject({ status: 'completed', output: { a: null, rate: 1 }, error: null });
    expect(statuses(run)).toEqual({ a: 'failed', b: 'failed', end: 'completed' });
    expect(run.steps[0]?.error?.code).toBe('HTTP_STATUS');
  });
});

describe('the limits of a run', () => {
  it('its output must satisfy the output schema, whose defaults are filled in', async () => {
    const outputSchema = {
      type: 'object',
      required: ['total'],
      properties: { total: { type: 'number' }, currency: { default: 'usd' } },
    };
    const good = await outcome([transform('a', { total: '{{input.n}}' })], { n: 1 }, { outputSchema });
    expect(good.output).toEqual({ total: 1, currency: 'usd' });
    for (const input of [{}, { n: 'x' }]) {
      const bad = await outcome([transform('a', { total: '{{input.n}}' })], input, { outputSchema });
      expect(bad).toMatchObject({
        status: 'failed',
        output: null,
        error: { code: 'OUTPUT_INVALID', message: expect.stringContaining('total') as string },
      });
      expect(bad.steps[0]?.status).toBe('completed');
    }
  });

  it('maxDurationMs ends a running step and a wait alike', async () => {
    let closed = false;
    sink.on('/too-long', (response) => void response.on('close', () => (closed = true)));
    for (const step of [call('h', '/too-long'), pause(60_000)]) {
      const run = await outcome([step, transform('after', {})], {}, { settings: { maxDurationMs: 300 } });
      expect(run).toMatchObject({
        status: 'timed_out',
        errorCode: 'TIMEOUT',
        error: { code: 'TIMEOUT' },
        output: null,
      });
      expect(run.error?.message).toContain('maxDurationMs');
      expect(run.steps).toMatchObject([{ id: step.id, status: 'cancelled' }]);
    }
    await until(() => closed);
  });

  it('queueTtlMs ends a run that nobody takes up in time', async () => {
    const narrow = await bed.guest({ settings: { concurrency: 1 } });
    sink.on('/holding', hang);
    const { id } = await aWorkflow(narrow.api, { steps: [call('h', '/holding')], settings: { queueTtlMs: 400 } });
    const post = async (): Promise<string> =>
      (await narrow.api.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, {})).body.runId;
    const holder = await post();
    await whenIn(narrow.api, holder, ['running']);
    const late = await whenOver(narrow.api, await post());
    expect(late).toMatchObject({
      status: 'timed_out',
      startedAt: null,
      steps: [],
      error: { code: 'TIMEOUT', message: expect.stringContaining('queueTtlMs') as string },
    });
    await narrow.api.post(`/api/v1/runs/${holder}/cancel`);
    expect((await whenOver(narrow.api, holder)).status).toBe('cancelled');
  });
});

describe('a server that is killed', () => {
  it('goes on with a parked run and with one in hand when it is back, and repeats no finished step', async () => {
    sink.on('/in-hand', inTurn(hang, json({ back: true })));
    const parked = await aWorkflow(api, { steps: [call('before', '/before'), pause(1_500), call('after', '/after')] });
    const inHand = await aWorkflow(api, { steps: [call('first', '/first'), call('second', '/in-hand')] });
    const [a, b] = await Promise.all(
      [parked, inHand].map(({ id }) => api.post<RunAcceptedDto>(`/api/v1/workflows/${id}/run`, {})),
    );
    const [parkedRun = '', inHandRun = ''] = [a?.body.runId, b?.body.runId];
    await whenIn(api, parkedRun, ['waiting']);
    await until(() => sink.at('/in-hand').length === 1);
    await bed.server.kill();

    const again = await startServer({ databaseUrl: bed.databaseUrl, env: ENV });
    const back = new ApiClient(again.url, api.key);
    expect(await whenOver(back, parkedRun)).toMatchObject({ status: 'completed', attempt: 1 });
    const resumed = await whenOver(back, inHandRun);
    expect(resumed).toMatchObject({ status: 'completed', attempt: 1, output: { body: { back: true } } });
    expect(['/before', '/after', '/first', '/in-hand'].map((path) => sink.at(path).length)).toEqual([1, 1, 1, 2]);
    const keys = sink.at('/in-hand').map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
    await again.stop();
  });
});
