import { describe, expect, it } from 'vitest';
import { Grouped } from './grouped.js';

/** A store that answers when told to. */
function gate() {
  const batches: { items: number[]; open: () => void; fail: () => void }[] = [];
  const send = (items: number[]): Promise<number[]> =>
    new Promise((resolve, reject) =>
      batches.push({ items, open: () => resolve(items.map((i) => i * 10)), fail: () => reject(new Error('down')) }),
    );
  return { batches, send };
}
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('grouped calls', () => {
  it('made while a statement is in flight share the next one', async () => {
    const { batches, send } = gate();
    const group = new Grouped(send);
    const first = group.call(1);
    await turn();
    const rest = [group.call(2), group.call(3), group.call(4)];
    await turn();
    expect(batches.map((b) => b.items)).toEqual([[1]]);
    batches[0]?.open();
    expect(await first).toBe(10);
    await turn();
    expect(batches.map((b) => b.items)).toEqual([[1], [2, 3, 4]]);
    batches[1]?.open();
    expect(await Promise.all(rest)).toEqual([20, 30, 40]);
  });

  it('of one key never share a statement, and none is lost', async () => {
    const seen: number[][] = [];
    const group = new Grouped((items: number[]) => (seen.push(items), Promise.resolve(items)), {
      keyOf: (i) => String(i),
    });
    expect(await Promise.all([1, 1, 2, 1].map((i) => group.call(i)))).toEqual([1, 1, 2, 1]);
    expect(seen).toEqual([[1, 2], [1], [1]]);
  });

  it('respect the largest batch', async () => {
    const sizes: number[] = [];
    const group = new Grouped((items: number[]) => (sizes.push(items.length), Promise.resolve(items)), { maxBatch: 2 });
    await Promise.all([1, 2, 3, 4, 5].map((i) => group.call(i)));
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('that fail together are tried alone, so that one bad item fails only itself', async () => {
    const group = new Grouped((items: number[]) =>
      items.includes(2) ? Promise.reject(new Error('bad item')) : Promise.resolve(items),
    );
    const results = await Promise.allSettled([1, 2, 3].map((i) => group.call(i)));
    expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('that fail in an outage fail at once, and none is sent again', async () => {
    const sizes: number[] = [];
    const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const group = new Grouped((items: number[]) => (sizes.push(items.length), Promise.reject<number[]>(down)));
    const results = await Promise.allSettled([1, 2, 3].map((i) => group.call(i)));
    expect(results.map((r) => r.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(sizes).toEqual([3]);
  });

  it('that met a deadlock are tried alone', async () => {
    const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    const group = new Grouped((items: number[]) =>
      items.length > 1 ? Promise.reject(deadlock) : Promise.resolve(items),
    );
    expect(await Promise.all([1, 2].map((i) => group.call(i)))).toEqual([1, 2]);
  });
});
