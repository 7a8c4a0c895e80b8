import { describe, expect, it } from 'vitest';
import type { BlockContext } from '#libs/block-kit';
import { DEFAULT_RETRY } from '#libs/retry';
import { executePlan } from './execute-plan.js';
import { LeaseLost, type StepEvent } from './journal.js';
import { aChain, aNode, aPlan, aRun, done, drive, failure, fold, MemoryJournal } from './sample-plans.js';

const external = { effect: 'external' } as const;
const now = () => new Date('2026-11-22T10:00:00Z');
const shortOf = (event: StepEvent) => `${event.stepId} ${event.type.slice('step.'.length)}`;
const statuses = (events: StepEvent[]) =>
  Object.fromEntries([...fold(events).steps.values()].map(({ id, status }) => [id, status]));
/** Resolves when as many callers have arrived as are expected. */
function barrier(size: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === size) for (const release of waiting) release();
    });
}

describe('executing a plan', () => {
  it('runs a chain in order and ends with the last output', async () => {
    const run = aRun(aChain(aNode('a', done(1)), aNode('b', done(2)), aNode('c', done(3))));
    expect(await executePlan(run)).toEqual({ status: 'completed', output: 3 });
    expect(run.journal.events.map(shortOf)).toEqual([
      'a started',
      'a completed',
      'b started',
      'b completed',
      'c started',
      'c completed',
    ]);
  });

  it('completes an empty plan with null', async () => {
    expect(await executePlan(aRun(aPlan([])))).toEqual({ status: 'completed', output: null });
  });

  it('shows each step the input, the outputs before it, its variables and the run', async () => {
    let seen: BlockContext | undefined;
    const look = aNode('b', (context) => {
      seen = context;
      return done(null);
    });
    await executePlan(aRun(aChain(aNode('a', done({ x: 1 }, { variables: { v: 2 } })), look), { connection: 'conn' }));
    expect(seen).toMatchObject({
      runId: 'run-1',
      stepId: 'b',
      attempt: 1,
      idempotencyKey: 'run-1:b',
      upstream: { x: 1 },
      scope: {
        input: { from: 'input' },
        steps: { a: { output: { x: 1 } } },
        variables: { v: 2 },
        connection: 'conn',
        run: { id: 'run-1' },
        runId: 'run-1',
      },
    });
  });

  it('takes the branch of the route, and skipping travels on', async () => {
    const plan = aPlan(
      [
        aNode('c', done(true, { route: 'then' })),
        aNode('a', done('a')),
        aNode('b', done('b')),
        aNode('bb', done('bb')),
        aNode('d', ({ upstream }) => done({ upstream })),
      ],
      'c:then>a',
      'c:else>b',
      'b>bb',
      'a>d',
      'bb>d',
    );
    const run = aRun(plan);
    expect(await executePlan(run)).toEqual({ status: 'completed', output: { upstream: 'a' } });
    expect(statuses(run.journal.events)).toEqual({
      c: 'completed',
      a: 'completed',
      b: 'skipped',
      bb: 'skipped',
      d: 'completed',
    });
  });

  it('runs what is ready at the same time, and a join waits for all of it', async () => {
    const together = barrier(3);
    const meet = (id: string) =>
      aNode(id, async () => {
        await together();
        return done(id);
      });
    const plan = aPlan(
      [
        aNode('s', done(0)),
        meet('a'),
        meet('b'),
        meet('c'),
        aNode('j', ({ scope, upstream }) => done([Object.keys(scope.steps).sort().join(' '), upstream])),
      ],
      ...['a', 'b', 'c'].flatMap((id) => [`s>${id}`, `${id}>j`]),
    );
    expect(await executePlan(aRun(plan))).toEqual({ status: 'completed', output: ['a b c s', 'c'] });
  });

  it('gives the first steps the input as what is upstream', async () => {
    expect(await executePlan(aRun(aPlan([aNode('a', ({ upstream }) => done(upstream))])))).toMatchObject({
      output: { from: 'input' },
    });
  });

  it('ends at once where a step ends the run; nothing starts any more', async () => {
    const plan = aChain(aNode('a', done('result', { ends: true })), aNode('b', done('later')));
    const run = aRun(plan);
    expect(await executePlan(run)).toEqual({ status: 'completed', output: 'result' });
    expect(statuses(run.journal.events)).toEqual({ a: 'completed' });
  });

  it('stops what still runs when a step ends the run', async () => {
    let stopped = false;
    const slow = aNode(
      'slow',
      ({ signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            stopped = true;
            resolve(failure('stopped'));
          }),
        ),
    );
    expect(await executePlan(aRun(aPlan([slow, aNode('end', done(1, { ends: true }))])))).toEqual({
      status: 'completed',
      output: 1,
    });
    expect(stopped).toBe(true);
  });

  it('survives a chain of 500 and a split of 200', async () => {
    const chain = aChain(...Array.from({ length: 500 }, (_, index) => aNode(`n${index}`, done(index))));
    expect(await executePlan(aRun(chain))).toEqual({ status: 'completed', output: 499 });
    const skipped = aChain(
      aNode('c', done(0, { route: 'none' })),
      ...Array.from({ length: 500 }, (_, index) => aNode(`n${index}`, done(index))),
    );
    const unreachable = {
      ...skipped,
      edges: skipped.edges.map((edge, index) => (index ? edge : { ...edge, when: 'x' })),
    };
    expect(await executePlan(aRun(unreachable))).toEqual({ status: 'completed', output: 0 });
    const wide = Array.from({ length: 200 }, (_, index) => aNode(`n${index}`, async () => done(index), external));
    const split = aPlan(
      [aNode('s', done(0)), ...wide, aNode('j', ({ scope }) => done(Object.keys(scope.steps).length))],
      ...wide.flatMap(({ id }) => [`s>${id}`, `${id}>j`]),
    );
    expect(await executePlan(aRun(split))).toEqual({ status: 'completed', output: 201 });
  });
});

describe('a failing step', () => {
  it('fails the run, named by name and id', async () => {
    const run = aRun(aChain(aNode('a', failure('it broke'), { name: 'First' }), aNode('b', done(1))));
    expect(await executePlan(run)).toEqual({
      status: 'failed',
      error: { code: 'STEP_ERROR', message: 'Step First (a) failed: it broke', step: 'a' },
    });
    expect(statuses(run.journal.events)).toEqual({ a: 'failed' });
  });

  it('goes on with its fallback where it says so', async () => {
    const goesOn = { onError: { strategy: 'continue', fallback: { rate: 0 } } } as const;
    const plan = aChain(
      aNode('a', failure('it broke'), { ...goesOn, ...external }),
      aNode('b', ({ scope, upstream }) => done([scope.steps['a']?.output ?? null, upstream])),
    );
    const run = aRun(plan);
    expect(await executePlan(run)).toEqual({ status: 'completed', output: [{ rate: 0 }, { rate: 0 }] });
    expect(fold(run.journal.events).steps.get('a')).toMatchObject({ status: 'failed', continued: true });
  });

  it('is tried again in the process when the delay is short', async () => {
    const retry = { ...DEFAULT_RETRY, maxAttempts: 3, initialDelayMs: 0 };
    const flaky = aNode('a', ({ attempt }) => (attempt < 3 ? failure('not yet', { retryable: true }) : done(attempt)), {
      retry,
    });
    const run = aRun(aPlan([flaky]));
    expect(await executePlan(run)).toEqual({ status: 'completed', output: 3 });
    expect(run.journal.events.map(shortOf)).toEqual([
      'a started',
      'a retrying',
      'a started',
      'a retrying',
      'a started',
      'a completed',
    ]);
  });

  it('parks the run when the delay is long, and is tried again when it is due', async () => {
    const retry = { ...DEFAULT_RETRY, maxAttempts: 2 };
    const asked = { retryable: true, retryAfterMs: 60_000 };
    const plan = aPlan([
      aNode('a', ({ attempt }) => (attempt < 2 ? failure('busy', asked) : done(attempt)), { retry }),
    ]);
    const run = aRun(plan, { now });
    expect(await executePlan(run)).toEqual({ status: 'waiting', until: new Date('2026-11-22T10:01:00Z') });
    expect(await drive(plan, run.journal.events)).toEqual({ status: 'completed', output: 2 });
  });

  it('fails for good after its last attempt, or when it cannot be repeated', async () => {
    const retry = { ...DEFAULT_RETRY, maxAttempts: 2, initialDelayMs: 0 };
    const twice = aRun(aPlan([aNode('a', failure('no', { retryable: true }), { retry })]));
    expect(await executePlan(twice)).toMatchObject({ status: 'failed' });
    expect(twice.journal.events).toHaveLength(4);
    const once = aRun(aPlan([aNode('a', failure('no'), { retry })]));
    expect(await executePlan(once)).toMatchObject({ status: 'failed' });
    expect(once.journal.events).toHaveLength(2);
  });

  it('does not lose an external step that finished while the run was failing', async () => {
    const both = barrier(2);
    const act = aNode(
      'act',
      async ({ signal }) => {
        await both();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return done('acted');
      },
      external,
    );
    const fail = aNode('fail', async () => {
      await both();
      return failure('broken');
    });
    const run = aRun(aPlan([act, fail]));
    expect(await executePlan(run)).toMatchObject({ status: 'failed', error: { step: 'fail' } });
    expect(statuses(run.journal.events)).toEqual({ act: 'completed', fail: 'failed' });
  });
});

describe('waiting', () => {
  const until = new Date('2026-11-22T11:00:00Z');
  const wait = aNode('w', { kind: 'wait', until, output: { waited: 1 } }, external);

  it('parks the run until the time, and then goes on with the output', async () => {
    const plan = aChain(
      wait,
      aNode('b', ({ upstream }) => done(upstream)),
    );
    const run = aRun(plan, { now });
    expect(await executePlan(run)).toEqual({ status: 'waiting', until });
    expect(await executePlan(aRun(plan, { now, progress: fold(run.journal.events) }))).toEqual({
      status: 'waiting',
      until,
    });
    const later = aRun(plan, { now: () => until, progress: fold(run.journal.events) });
    expect(await executePlan(later)).toEqual({ status: 'completed', output: { waited: 1 } });
    expect(later.journal.events.map(shortOf)).toEqual(['w completed', 'b started', 'b completed']);
  });

  it('lets other branches go on, and is due when the first of them is', async () => {
    const early = new Date('2026-11-22T10:30:00Z');
    const other = aNode('o', { kind: 'wait', until: early, output: null }, external);
    const run = aRun(aPlan([wait, other, aNode('a', done(1)), aNode('b', done(2))], 'a>b'), { now });
    expect(await executePlan(run)).toEqual({ status: 'waiting', until: early });
    expect(statuses(run.journal.events)).toEqual({ w: 'waiting', o: 'waiting', a: 'completed', b: 'completed' });
  });
});

describe('the journal', () => {
  it('holds the result of an external step before anything that depends on it starts', async () => {
    const journal = new MemoryJournal();
    const durable: string[][] = [];
    const look = (id: string) =>
      aNode(
        id,
        () => {
          durable.push(journal.events.slice(0, journal.durable).map(shortOf));
          return done(id);
        },
        external,
      );
    await executePlan(aRun(aChain(look('a'), aNode('p', done(0)), look('b')), { journal }));
    expect(durable).toEqual([[], ['a started', 'a completed']]);
    const goesOn = { onError: { strategy: 'continue', fallback: null } } as const;
    journal.events.length = journal.durable = durable.length = 0;
    await executePlan(aRun(aChain(aNode('f', failure('no'), { ...external, ...goesOn }), look('b')), { journal }));
    expect(durable).toEqual([['f started', 'f failed']]);
  });

  it('ends the execution when the lease is lost, and nothing starts any more', async () => {
    const started: string[] = [];
    const act = (id: string) =>
      aNode(
        id,
        () => {
          started.push(id);
          return done(id);
        },
        external,
      );
    const journal = Object.assign(new MemoryJournal(), { commit: () => Promise.reject(new LeaseLost()) });
    await expect(executePlan(aRun(aChain(act('a'), act('b')), { journal }))).rejects.toThrow(LeaseLost);
    expect(started).toEqual(['a']);
  });
});

describe('aborting', () => {
  it('does not start with a signal that is aborted already', async () => {
    const run = aRun(aPlan([aNode('a', done(1))]), { signal: AbortSignal.abort() });
    expect(await executePlan(run)).toEqual({ status: 'aborted' });
    expect(run.journal.events).toEqual([]);
  });

  it('ends the run although a step ignores its signal', async () => {
    const stop = new AbortController();
    const deaf = aNode('a', () => new Promise(() => stop.abort()), { ...external, timeoutMs: 60_000 });
    const run = aRun(aChain(deaf, aNode('b', done(1))), { signal: stop.signal });
    expect(await executePlan(run)).toEqual({ status: 'aborted' });
    expect(statuses(run.journal.events)).toEqual({ a: 'running' });
  });

  it('cuts a delay between attempts short', async () => {
    const stop = new AbortController();
    const retry = { ...DEFAULT_RETRY, maxAttempts: 2, initialDelayMs: 1_500 };
    const run = aRun(aPlan([aNode('a', failure('no', { retryable: true }), { retry })]), { signal: stop.signal });
    const ended = executePlan(run);
    setImmediate(() => stop.abort());
    expect(await ended).toEqual({ status: 'aborted' });
    expect(run.journal.events.map(shortOf)).toEqual(['a started', 'a retrying']);
  });
});
