import { describe, expect, it } from 'vitest';
import type { CompiledBlock } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import { executePlan } from './execute-plan.js';
import { aChain, aLoop, aNode, aPlan, aRun, done, failure, fold } from './sample-plans.js';

const external = { effect: 'external' } as const;
const TIME = new Date('2026-11-22T10:00:00Z');

/** A step that waits for a signal and completes with it. */
const anAsk = (id: string, until: Date | null = null) => {
  const node = aNode(id, { kind: 'wait', until, output: { asked: id }, resumes: true }, external);
  const resume: CompiledBlock['resume'] = (_input, _context, { signal, parked, until: limit }) =>
    signal === null ? { kind: 'wait', until: limit, output: parked, resumes: true } : done({ answer: signal });
  return { ...node, block: { ...node.block, resume } };
};

describe('nested steps', () => {
  it('have ids of their own in the run, and read names, each other and the steps around', async () => {
    const inner = aChain(
      aNode('a', ({ scope, upstream }) => done([upstream, scope.steps['first']?.output ?? null])),
      aNode('b', ({ scope, stepId, idempotencyKey }) =>
        done([scope.steps['a']?.output ?? null, stepId, idempotencyKey]),
      ),
    );
    const run = aRun(aChain(aNode('first', done(7)), aLoop('loop', inner, 2)));
    expect(await executePlan(run)).toEqual({
      status: 'completed',
      output: [0, 1].map((index) => [[`item ${index}`, 7], `loop[${index}].b`, `run-1:loop[${index}].b`]),
    });
    expect([...run.progress.steps.keys()].sort()).toEqual([
      'first',
      'loop',
      'loop[0].a',
      'loop[0].b',
      'loop[1].a',
      'loop[1].b',
    ]);
  });

  it('fail the step that holds them, and the run names the innermost', async () => {
    const inner = aChain(
      aNode('bad', ({ scope }) => ((scope as unknown as { index: number }).index === 1 ? failure('no') : done(1))),
    );
    const outcome = await executePlan(aRun(aChain(aLoop('loop', inner, 3), aNode('after', done(1)))));
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { step: 'loop', message: 'Step loop failed: Step loop[1].bad failed: no' },
    });
  });

  it('may end the run from within', async () => {
    const inner = aChain(aNode('answer', done('early', { ends: true })));
    const outcome = await executePlan(aRun(aChain(aLoop('loop', inner, 1), aNode('after', done('late')))));
    expect(outcome).toEqual({ status: 'completed', output: 'early' });
  });

  it('park the run; what has finished is not run again when it goes on', async () => {
    const acted: string[] = [];
    const act = aNode('act', ({ stepId }) => (acted.push(stepId), done(1)), external);
    const until = new Date('2026-11-22T11:00:00Z');
    const inner = aChain(act, aNode('pause', { kind: 'wait', until, output: 2 }, external), aNode('end', done(3)));
    const plan = aChain(aLoop('loop', inner, 2));
    const run = aRun(plan, { now: () => TIME });
    expect(await executePlan(run)).toEqual({ status: 'waiting', until });
    const later = aRun(plan, { now: () => until, progress: fold(run.journal.events) });
    expect(await executePlan(later)).toEqual({ status: 'completed', output: [3, 3] });
    expect(acted).toEqual(['loop[0].act', 'loop[1].act']);
  });

  it('get the input as it was recorded when a crash cut the step off', async () => {
    const loop = aLoop('loop', aChain(aNode('a', done(1))), 1);
    const seen: Json[] = [];
    const block = { ...loop.block, run: (input: Json) => (seen.push(input), done(null)) };
    const event = {
      type: 'step.started' as const,
      at: TIME.toISOString(),
      stepId: 'loop',
      attempt: 1,
      input: { count: 9 },
    };
    await executePlan(aRun(aChain({ ...loop, block }), { progress: fold([event]) }));
    expect(seen).toEqual([{ count: 9 }]);
  });
});

describe('a step that waits to be signalled', () => {
  it('parks the run without a time, and goes on with what was sent', async () => {
    const plan = aChain(
      anAsk('ask'),
      aNode('next', ({ upstream }) => done(upstream)),
    );
    const run = aRun(plan);
    expect(await executePlan(run)).toEqual({ status: 'waiting', until: null });
    const again = aRun(plan, { progress: fold(run.journal.events) });
    expect(await executePlan(again)).toEqual({ status: 'waiting', until: null });
    expect(again.journal.events).toEqual([]);
    const signals = new Map<string, Json>([['ask', 'yes']]);
    const signalled = aRun(plan, { progress: fold(run.journal.events), signals });
    expect(await executePlan(signalled)).toEqual({ status: 'completed', output: { answer: 'yes' } });
  });

  it('goes on at once while the rest of the run is busy', async () => {
    const signals = new Map<string, Json>();
    let wake = () => {};
    let release = () => {};
    const busy = aNode('busy', () => new Promise((resolve) => (release = () => resolve(done('busy')))), external);
    const after = aNode('after', () => (release(), done('after')));
    const run = aRun(aPlan([anAsk('ask'), busy, after], 'ask>after'), {
      signals,
      onWake: (listener) => {
        wake = listener;
        return () => undefined;
      },
    });
    const outcome = executePlan(run);
    await new Promise(setImmediate);
    signals.set('ask', 1);
    wake();
    expect(await outcome).toEqual({ status: 'completed', output: 'after' });
  });

  it('is waited for in memory while another branch works: a short pause ends although a long step runs', async () => {
    let release = () => {};
    const busy = aNode('busy', () => new Promise((resolve) => (release = () => resolve(done('busy')))), external);
    const pause = aNode('pause', () => ({ kind: 'wait', until: new Date(Date.now() + 20), output: 1 }), external);
    const after = aNode('after', () => (release(), done('after')));
    const run = aRun(aPlan([pause, busy, after], 'pause>after'));
    expect(await executePlan(run)).toEqual({ status: 'completed', output: 'after' });
  });
});

describe('secrets', () => {
  it('are kept out of what the run records, however they come back', async () => {
    const secret = 'sk_live_0123456789';
    const use = aNode(
      'use',
      (context) => (context.hide([secret, 'short']), done({ echo: `key ${secret}`, [secret]: 'short' })),
    );
    const fail = aNode('fail', failure(`refused ${secret}`), { onError: { strategy: 'continue', fallback: null } });
    const run = aRun(aChain(use, fail, aNode('end', done(1))));
    await executePlan(run);
    expect(JSON.stringify(run.journal.events)).not.toContain(secret);
    expect(run.progress.steps.get('use')?.output).toEqual({ echo: 'key [redacted]', '[redacted]': 'short' });
    expect(run.progress.steps.get('fail')?.error?.message).toBe('refused [redacted]');
  });
});
