import { describe, expect, it } from 'vitest';
import type { BlockOutcome } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import { TemplateError } from '#libs/templates';
import { runAttempt } from './attempt.js';
import { emptyProgress } from './journal.js';
import type { PlanNode } from './plan.js';
import { aNode, done, failure } from './sample-plans.js';
import { Storage } from './storable.js';

const attempt = async (node: PlanNode, signal = new AbortController().signal) => {
  const inputs: Json[] = [];
  const bugs: unknown[] = [];
  const outcome = await runAttempt({
    node,
    stepId: node.id,
    attempt: 1,
    children: { start: () => Promise.reject(new Error()), find: () => Promise.resolve(null) },
    execute: () => Promise.resolve({ status: 'aborted' }),
    organizationId: 'organization-1',
    runId: 'run-1',
    connectionId: null,
    scope: { input: {}, variables: {}, steps: {}, run: { id: 'run-1' }, runId: 'run-1', now: '2026-11-22T10:00:00Z' },
    upstream: null,
    storage: new Storage(emptyProgress()),
    signal,
    now: () => new Date(),
    started: (input) => inputs.push(input),
    onBug: (error) => bugs.push(error),
  });
  return { outcome, inputs, bugs };
};
const resolving = (resolve: () => Json, members: Partial<PlanNode> = {}): PlanNode =>
  aNode('a', done(1), { block: { resolve, run: (input) => done(input) }, ...members });
const throwing = (error: unknown) => (): never => {
  throw error;
};
const failed = (code: string, message: unknown, retryable = false) => ({
  kind: 'failed',
  error: { code, message },
  retryable,
});
const later = () => new Promise<BlockOutcome>((resolve) => setTimeout(() => resolve(done(1)), 5));
let nested: Json = 0;
for (let depth = 0; depth < 300; depth++) nested = [nested];

describe('the message of an attempt that failed', () => {
  const messageOf = async (text: string, ...secrets: string[]) => {
    const { outcome } = await attempt(aNode('a', (context) => (context.hide(secrets), failure(text))));
    return outcome.kind === 'failed' ? outcome.error.message : '';
  };

  it('is searched for secrets in its beginning only, and ends with none that is cut in half', async () => {
    const secret = 'x'.repeat(3_000);
    expect(await messageOf(Array(10).fill(secret).join(' '), secret)).toBe('[redacted] [redacted]');
    expect(await messageOf('y'.repeat(8_001), secret)).toBe('The message is longer than 8000 characters');
    expect(await messageOf('y'.repeat(8_000), secret)).toBe('y'.repeat(1_000));
  });
});

describe('an attempt', () => {
  it('tells the resolved input, and answers as the block does', async () => {
    expect(await attempt(resolving(() => ({ x: 1 })))).toEqual({
      outcome: done({ x: 1 }),
      inputs: [{ x: 1 }],
      bugs: [],
    });
  });

  it('fails with the place of a template that failed', async () => {
    const error = new TemplateError('EXPRESSION_FAILED', 'cannot compare null with a number', ['expression'], 7);
    const { outcome, inputs, bugs } = await attempt(resolving(throwing(error)));
    const message = 'cannot compare null with a number (at position 7 of expression)';
    expect(outcome).toEqual(failed('EXPRESSION_FAILED', message));
    expect({ inputs, bugs }).toEqual({ inputs: [null], bugs: [] });
    const late = await attempt(aNode('a', throwing(new TemplateError('TEMPLATE_FAILED', 'no', ['body', 0]))));
    expect(late.outcome).toEqual(failed('TEMPLATE_FAILED', 'no (at body.0)'));
  });

  it.each([
    ['when it resolves', resolving(throwing(new TypeError('secret')))],
    ['when it runs', aNode('a', throwing(new TypeError('secret')))],
    ['later', aNode('a', () => Promise.reject(new TypeError('secret')))],
    ['later, within a time limit', aNode('a', () => Promise.reject(new TypeError('secret')), { timeoutMs: 60_000 })],
  ])('takes what a block throws %s for a bug and keeps it from the user', async (_when, node) => {
    const { outcome, bugs } = await attempt(node);
    expect(outcome).toEqual(failed('INTERNAL', 'The block failed unexpectedly.'));
    expect(bugs).toEqual([new TypeError('secret')]);
  });

  it.each([
    ['an output that is no JSON', done(new Date() as unknown as Json)],
    ['a number that is not finite', done({ x: Number.NaN })],
    ['a wait until no time', { kind: 'wait', until: new Date(Number.NaN), output: null } satisfies BlockOutcome],
  ])('takes %s for a bug', async (_what, result) => {
    const { outcome, bugs } = await attempt(aNode('a', result));
    expect(outcome).toMatchObject(failed('INTERNAL', expect.any(String)));
    expect(bugs).toHaveLength(1);
  });

  it.each([
    ['an input', resolving(() => nested)],
    ['an output', aNode('a', done(nested))],
    ['a variable', aNode('a', done(1, { variables: { nested } }))],
    ['what it waits with', aNode('a', { kind: 'wait', until: new Date(), output: nested })],
  ])('fails for %s that nests too deeply to be kept', async (_what, node) => {
    const { outcome, bugs } = await attempt(node);
    expect(outcome).toEqual(failed('INVALID_VALUE', expect.stringContaining('nested deeper than 256 levels')));
    expect(bugs).toEqual([]);
  });

  it('keeps text that the database would refuse from the journal', async () => {
    const half = '\ud83d';
    const { outcome, inputs } = await attempt(resolving(() => [half]));
    expect(inputs).toEqual([['\ufffd']]);
    expect(outcome).toEqual(done(['\ufffd']));
    const set = await attempt(aNode('a', done('a\0b', { variables: { v: half } })));
    expect(set.outcome).toEqual(done('a\ufffdb', { variables: { v: '\ufffd' } }));
    const broken = await attempt(aNode('a', failure(`a\0b${'x'.repeat(2_000)}`)));
    expect(broken.outcome).toEqual(failed('BROKEN', `a\ufffdb${'x'.repeat(997)}`));
  });
});

describe('the time limit of an attempt', () => {
  it('holds although the block ignores its signal, and aborts that', async () => {
    let signal: AbortSignal | undefined;
    const deaf = aNode('a', (context) => ((signal = context.signal), new Promise(() => {})), { timeoutMs: 5 });
    expect((await attempt(deaf)).outcome).toEqual(
      failed('TIMEOUT', 'The step took longer than its timeoutMs of 5.', true),
    );
    expect(signal?.aborted).toBe(true);
  });

  it('may be 30 days, which no timer takes', async () => {
    expect((await attempt(aNode('a', later, { timeoutMs: 30 * 86_400_000 }))).outcome).toEqual(done(1));
  });

  it('ends with the run', async () => {
    const stop = new AbortController();
    const deaf = aNode('a', () => new Promise(() => stop.abort()), { timeoutMs: 60_000 });
    expect((await attempt(deaf, stop.signal)).outcome).toEqual(failed('ABORTED', 'The run ended.'));
  });
});
