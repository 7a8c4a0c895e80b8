import { describe, expect, it } from 'vitest';
import type { BlockContext, NestedOutcome } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { findIssues } from '../../platform/http/index.js';
import { ApprovalBlock } from './approval.block.js';

const SECRET = 'a-long-signed-token';
const type = new ApprovalBlock({
  create: async ({ stepId }) => ({ url: `https://runhook.example/${stepId}?token=${SECRET}`, secret: SECRET }),
});
const NOW = new Date('2026-11-22T10:00:00Z');
const compiled = (config: JsonObject) => compileAlone(type, { config });
const ask = (config: JsonObject, context: Partial<BlockContext> = {}) => {
  const block = compiled(config);
  return block.run(block.resolve(aScope({ input: { amount: 7 } })), aContext(context));
};
const resume = (config: JsonObject, signal: Json, expiresAt: string | null = null, now = NOW) => {
  const parked = { message: null, data: null, expiresAt };
  const until = expiresAt === null ? null : new Date(expiresAt);
  const input = { message: null, data: null, expiresInMs: null };
  return compiled(config).resume?.(input, aContext({ now: () => now }), { signal, parked, until });
};
const decided = (decision: string, comment: string | null = null) => ({
  decision,
  comment,
  data: null,
  decidedBy: 'user_1',
  decidedAt: NOW.toISOString(),
});
const notify = [{ id: 'mail', type: 'email', config: {} }];

describe('approval', () => {
  it('parks with what is asked, for as long as it says', async () => {
    expect(
      await ask({ message: 'Pay {{input.amount}}?', data: { n: '{{input.amount}}' }, expiresInMs: 60_000 }),
    ).toEqual({
      kind: 'wait',
      until: new Date('2026-11-22T10:01:00Z'),
      output: { message: 'Pay 7?', data: { n: 7 }, expiresAt: '2026-11-22T10:01:00.000Z' },
      resumes: true,
    });
    expect(await ask({})).toMatchObject({ kind: 'wait', until: null });
  });

  it('first lets its steps ask, with a link that the records do not show', async () => {
    const hidden: string[] = [];
    let names: JsonObject = {};
    const execute = async (_steps: unknown, _index: number, given: JsonObject): Promise<NestedOutcome> => {
      names = given;
      return { status: 'completed', output: null };
    };
    const hide = (secrets: readonly string[]) => void hidden.push(...secrets);
    expect(await ask({ message: 'Ok?', notify }, { execute, hide })).toMatchObject({ kind: 'wait' });
    expect(names['approval']).toMatchObject({ message: 'Ok?', url: `https://runhook.example/step-1?token=${SECRET}` });
    expect(hidden).toEqual([SECRET]);
  });

  it('waits for its steps, and fails with them', async () => {
    const until = new Date('2026-11-22T10:00:10Z');
    const waiting = async (): Promise<NestedOutcome> => ({ status: 'waiting', until });
    expect(await ask({ notify }, { execute: waiting })).toMatchObject({ kind: 'wait', until, resumes: true });
    const error = { code: 'STEP_ERROR', message: 'no mail server' };
    const failing = async (): Promise<NestedOutcome> => ({ status: 'failed', error });
    expect(await ask({ notify }, { execute: failing })).toEqual({ kind: 'failed', error, retryable: false });
  });

  it.each([
    [{}, 'approved', { kind: 'done', route: 'approved' }],
    [{ rejected: [] }, 'rejected', { kind: 'done', route: 'rejected' }],
    [{}, 'rejected', { kind: 'failed', error: { code: 'REJECTED', message: 'Rejected: too much' } }],
  ])('%j, when %s', async (config, decision, outcome) => {
    expect(await resume(config, decided(decision, 'too much'))).toMatchObject(outcome);
  });

  it('ends when nobody decides in time, and not before', async () => {
    const expiresAt = '2026-11-22T10:05:00.000Z';
    expect(await resume({}, null, expiresAt)).toMatchObject({ kind: 'wait', until: new Date(expiresAt) });
    const later = new Date('2026-11-22T10:05:00Z');
    expect(await resume({}, null, expiresAt, later)).toMatchObject({
      kind: 'failed',
      error: { code: 'APPROVAL_TIMEOUT' },
    });
    expect(await resume({ timed_out: ['escalate'] }, null, expiresAt, later)).toMatchObject({
      kind: 'done',
      route: 'timed_out',
      output: { decision: 'timed_out' },
    });
  });

  it.each([
    [{ expiresInMs: 0 }, ['expiresInMs']],
    [{ message: 7 }, ['message']],
    [{ notify: 'mail' }, ['notify']],
    [{ rejected: 'a' }, ['rejected']],
  ])('refuses %j', (bad, path) => {
    expect(findIssues(type.config, bad)).toMatchObject([{ path }]);
  });

  it('fails on a time that no template makes right', async () => {
    expect(() => compiled({ expiresInMs: 'soon' })).toThrow('expiresInMs must be a number of milliseconds');
    expect(await ask({ expiresInMs: '{{input.nope | default: "soon"}}' })).toMatchObject({
      error: { code: 'INVALID_DURATION' },
    });
  });
});
