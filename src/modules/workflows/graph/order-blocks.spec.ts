import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanEdge } from '#libs/engine';
import { CycleError, orderBlocks, precedence } from './order-blocks.js';

const ids = Array.from({ length: 70 }, (_, index) => `b${index}`);
/** Edges that lead from lower to higher numbers, over shuffled ids: no cycle. */
const acyclic = fc
  .tuple(
    fc.shuffledSubarray(ids, { minLength: ids.length }),
    fc.array(fc.tuple(fc.nat(ids.length - 2), fc.nat(ids.length)), { maxLength: 200 }),
  )
  .map(([shuffled, pairs]) => ({
    shuffled,
    edges: pairs.map(([a, b]): PlanEdge => ({ from: `b${a}`, to: `b${a + 1 + (b % (ids.length - 1 - a))}` })),
  }));

describe('orderBlocks', () => {
  it('puts every block after those before it', () => {
    fc.assert(
      fc.property(acyclic, ({ shuffled, edges }) => {
        const order = orderBlocks(shuffled, edges);
        expect(order.toSorted()).toEqual(ids.toSorted());
        for (const { from, to } of edges) expect(order.indexOf(from)).toBeLessThan(order.indexOf(to));
      }),
    );
  });

  it('keeps the order given where nothing else is said', () => {
    expect(orderBlocks(['c', 'a', 'b'], [])).toEqual(['c', 'a', 'b']);
  });

  it.each<[[string, string][], string]>([
    [[['a', 'a']], 'a → a'],
    [
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'b'],
      ],
      'b → c → b',
    ],
  ])('names the cycle in %j', (pairs, cycle) => {
    const edges = pairs.map(([from, to]) => ({ from, to }));
    expect(() => orderBlocks(['a', 'b', 'c'], edges)).toThrow(CycleError);
    expect(() => orderBlocks(['a', 'b', 'c'], edges)).toThrow(`Workflow graph contains a cycle: ${cycle}`);
  });
});

describe('precedence', () => {
  it('is that there is a way', () => {
    fc.assert(
      fc.property(acyclic, ({ shuffled, edges }) => {
        const precedes = precedence(orderBlocks(shuffled, edges), edges);
        const reaches = (from: string, to: string): boolean =>
          edges.some((edge) => edge.from === from && (edge.to === to || reaches(edge.to, to)));
        for (const [before, id] of [
          ['b0', 'b69'],
          ['b1', 'b40'],
          ['b40', 'b1'],
          ['b33', 'b34'],
        ] as const)
          expect(precedes(before, id)).toBe(reaches(before, id));
      }),
      { numRuns: 50 },
    );
  });

  it('is not of a block that there is not', () => {
    const precedes = precedence(['a'], []);
    expect([precedes('a', 'a'), precedes('x', 'a'), precedes('a', 'x')]).toEqual([false, false, false]);
  });
});
