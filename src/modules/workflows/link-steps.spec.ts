import { describe, expect, it } from 'vitest';
import { linkSteps } from './link-steps.js';

const edge = ({ from, to, when }: { from: string; to: string; when?: string }) =>
  `${from}${when ? `:${when}` : ''}>${to}`;
const link = (...steps: Parameters<typeof linkSteps>[0]) => {
  const { order, edges } = linkSteps(steps);
  return [order.join(' '), ...edges.map(edge)];
};

describe('linking steps', () => {
  it('makes a plain list a chain', () => {
    expect(link({ id: 'a' }, { id: 'b' }, { id: 'c' })).toEqual(['a b c', 'a>b', 'b>c']);
  });

  it('lets what follows a condition wait for the branch that was taken', () => {
    expect(link({ id: 'c', branches: { then: ['a'], else: ['b'] } }, { id: 'a' }, { id: 'b' }, { id: 'd' })).toEqual([
      'c a b d',
      'c:then>a',
      'c:else>b',
      'a>d',
      'b>d',
    ]);
  });

  it('goes on directly where a route has no steps', () => {
    expect(link({ id: 'c', branches: { then: ['a'], else: [] } }, { id: 'a' }, { id: 'd' })).toEqual([
      'c a d',
      'c:then>a',
      'a>d',
      'c:else>d',
    ]);
  });

  it('nests conditions, and keeps list order among a branch wherever its steps stand', () => {
    expect(
      link(
        { id: 'c', branches: { then: ['e', 'n'], else: [] } },
        { id: 'd' },
        { id: 'n', branches: { then: ['x'], else: [] } },
        { id: 'x' },
        { id: 'e' },
      ),
    ).toEqual(['c n x e d', 'c:then>n', 'n:then>x', 'x>e', 'n:else>e', 'e>d', 'c:else>d']);
  });

  it.each([
    [[{ id: 'c', branches: { then: ['nope'] } }], 'does not exist'],
    [[{ id: 'a' }, { id: 'c', branches: { then: ['a'] } }], 'does not come later'],
    [[{ id: 'c', branches: { then: ['c'] } }], 'does not come later'],
    [[{ id: 'c', branches: { then: ['a'], else: ['a'] } }, { id: 'a' }], 'in another branch already'],
  ])('refuses %j', (steps, message) => {
    expect(() => linkSteps(steps as Parameters<typeof linkSteps>[0])).toThrow(message);
  });
});
