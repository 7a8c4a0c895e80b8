import { describe, expect, it } from 'vitest';
import type { BlockContext, NestedOutcome } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { findIssues } from '../../platform/http/index.js';
import { LoopBlock } from './loop.block.js';

const type = new LoopBlock();
const steps = [{ id: 'a', type: 'transform', config: { mapping: {} } }];
type Execute = BlockContext['execute'];

/** Runs the loop over `list`; `execute` stands for the engine. */
const loop = (list: Json, config: object, execute: Execute) => {
  const block = compileAlone(type, { config: { collection: '{{input.list}}', steps, ...config } });
  return block.run(block.resolve(aScope({ input: { list } })), aContext({ execute }));
};
const completed = (output: Json): NestedOutcome => ({ status: 'completed', output });

describe('loop', () => {
  it('answers with what each iteration returned, in order, and gives it the element under the names asked for', async () => {
    const names: object[] = [];
    const execute: Execute = async (_steps, index, given) => (names.push(given), completed(index * 10));
    expect(await loop(['x', 'y'], { itemVariable: 'customer', indexVariable: 'n' }, execute)).toEqual({
      kind: 'done',
      output: [0, 10],
    });
    expect(names).toEqual([
      { customer: 'x', n: 0 },
      { customer: 'y', n: 1 },
    ]);
  });

  it('completes an empty list without an iteration', async () => {
    expect(await loop([], {}, () => Promise.reject(new Error()))).toEqual({ kind: 'done', output: [] });
  });

  it('has at most `concurrency` iterations open, parked ones included', async () => {
    let open = 0;
    let most = 0;
    const execute: Execute = async (_steps, index) => {
      most = Math.max(most, ++open);
      await new Promise(setImmediate);
      open--;
      return completed(index);
    };
    await loop([1, 2, 3, 4, 5], { concurrency: 2 }, execute);
    expect(most).toBe(2);
    const begun: number[] = [];
    const until = new Date('2026-11-22T11:00:00Z');
    const parking: Execute = async (_steps, index) => (begun.push(index), { status: 'waiting', until });
    expect(await loop([1, 2, 3], { concurrency: 2 }, parking)).toEqual({
      kind: 'wait',
      until,
      output: null,
      resumes: true,
    });
    expect(begun).toEqual([0, 1]);
  });

  it('starts nothing after an iteration failed, and stops the others', async () => {
    const begun: number[] = [];
    const execute: Execute = async (_steps, index, _names, signal) => {
      begun.push(index);
      if (index === 0) return { status: 'failed', error: { code: 'STEP_ERROR', message: 'broken' } };
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      return { status: 'aborted' };
    };
    expect(await loop([1, 2, 3, 4], { concurrency: 2 }, execute)).toMatchObject({
      kind: 'failed',
      error: { message: 'broken' },
    });
    expect(begun).toEqual([0, 1]);
  });

  it.each([
    [null, {}, 'INVALID_COLLECTION', 'collection must be a list, not null'],
    [{ a: 1 }, {}, 'INVALID_COLLECTION', 'collection must be a list, not an object'],
    ['abc', {}, 'INVALID_COLLECTION', 'collection must be a list, not a string'],
    [[1, 2, 3], { maxIterations: 2 }, 'TOO_MANY_ITERATIONS', 'collection has 3 elements; maxIterations is 2'],
  ])('fails on %j', async (list, config, code, message) => {
    const outcome = await loop(list, config, () => Promise.reject(new Error()));
    expect(outcome).toEqual({ kind: 'failed', error: { code, message }, retryable: false });
  });

  it.each([
    [{ steps }, ['collection']],
    [{ collection: [], steps: {} }, ['steps']],
    [{ collection: [], steps, concurrency: 0 }, ['concurrency']],
    [{ collection: [], steps, maxIterations: 10_001 }, ['maxIterations']],
    [{ collection: [], steps, itemVariable: 'input' }, ['itemVariable']],
    [{ collection: [], steps, indexVariable: 'a b' }, ['indexVariable']],
  ])('refuses %j', (bad, path) => {
    expect(findIssues(type.config, bad)).toMatchObject([{ path }]);
  });

  it('needs two names', () => {
    const config = { collection: [], steps, itemVariable: 'x', indexVariable: 'x' };
    expect(() => compileAlone(type, { config })).toThrow('must differ from itemVariable');
  });
});
