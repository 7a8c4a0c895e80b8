import { describe, expect, it } from 'vitest';
import { aChain, aNode, done } from '../../../../libs/engine/sample-plans.js';
import { labelSteps } from './step-labels.js';
import type { StepRecord } from '#libs/engine';

const record = (id: string): [string, StepRecord] => [id, { id } as StepRecord];

describe('the steps of a run', () => {
  it('are in plan order, iterations by number below the step that holds them', () => {
    const inner = aChain(aNode('fetch', done(1)), aNode('send', done(1), { name: 'Send' }));
    const loop = aNode('loop', done(1));
    const nested = { effect: 'pure' as const, plan: inner };
    const plan = aChain(aNode('first', done(1)), { ...loop, block: { ...loop.block, nested } }, aNode('last', done(1)));
    const ids = ['last', 'loop[10].fetch', 'loop[2].send', 'loop', 'loop[2].fetch', 'first', 'gone'];
    const labels = labelSteps(plan, new Map(ids.map(record))).map(([label]) => label);
    expect(labels.map(({ id }) => id)).toEqual([
      'first',
      'loop',
      'loop[2].fetch',
      'loop[2].send',
      'loop[10].fetch',
      'last',
    ]);
    expect(labels[3]).toEqual({ id: 'loop[2].send', type: 'sample', name: 'Send' });
  });
});
