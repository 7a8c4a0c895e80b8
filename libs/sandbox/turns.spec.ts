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
      turns.end();
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
    turns.end();
    await waiting;
  });

  it('are not waited for longer than the signal lasts', async () => {
    const turns = new Turns(1);
    await turns.begin('a');
    const stop = new AbortController();
    const given = turns.begin('b', stop.signal);
    stop.abort();
    expect([await given, await turns.begin('c', AbortSignal.abort())]).toEqual([false, false]);
    turns.end();
    expect(await turns.begin('d')).toBe(true);
  });
});
