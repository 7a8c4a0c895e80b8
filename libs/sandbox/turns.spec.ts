import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

/** Takes turns for the owners in this order and ends each at once; answers in which order they had them. */
async function orderOf(turns: Turns, owners: readonly string[]): Promise<string[]> {
  const order: string[] = [];
  await Promise.all(
    owners.map(async (owner) => {
      await turns.begin(owner);
      order.push(owner);
      await Promise.resolve();
      turns.end(owner);
    }),
  );
  return order;
}

describe('turns', () => {
  it('go round the owners who wait', async () => {
    expect(await orderOf(new Turns(1), ['a', 'a', 'a', 'a', 'b', 'b', 'c'])).toEqual([
      'a',
      'a',
      'b',
      'c',
      'a',
      'b',
      'a',
    ]);
  });

  it('are as many at a time as there may be', async () => {
    const turns = new Turns(2);
    expect([await turns.begin('a'), await turns.begin('a')]).toEqual([true, true]);
    let third = false;
    const waiting = turns.begin('a').then(() => (third = true));
    await Promise.resolve();
    expect(third).toBe(false);
    turns.end('a');
    await waiting;
  });

  it('are not waited for longer than the signal lasts', async () => {
    const turns = new Turns(1);
    await turns.begin('a');
    const stop = new AbortController();
    const given = turns.begin('b', stop.signal);
    stop.abort();
    expect([await given, await turns.begin('c', AbortSignal.abort())]).toEqual([false, false]);
    turns.end('a');
    expect(await turns.begin('d')).toBe(true);
  });

  it('are all but one of an owner at most while others wait', async () => {
    const turns = new Turns(3);
    const begun: string[] = [];
    const begin = async (owner: string) => {
      await turns.begin(owner);
      begun.push(owner);
    };
    for (const owner of ['slow', 'slow', 'slow']) await begin(owner);
    const all = ['slow', 'slow', 'quick', 'quick', 'quick'].map(begin);
    const beginsAfter = async (owner: string) => {
      const before = begun.length;
      turns.end(owner);
      await new Promise(setImmediate);
      return begun.slice(before);
    };
    // It holds two of three now, and two of its own wait before the others.
    expect(await beginsAfter('slow')).toEqual(['quick']);
    expect(await beginsAfter('quick')).toEqual(['quick']);
    expect(await beginsAfter('quick')).toEqual(['quick']);
    // Nobody else waits.
    expect(await beginsAfter('quick')).toEqual(['slow']);
    expect(await beginsAfter('slow')).toEqual(['slow']);
    await Promise.all(all);
  });
});
