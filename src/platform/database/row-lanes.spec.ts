import { describe, expect, it } from 'vitest';
import { RowLanes } from './row-lanes.js';

const row = (id: string, length = 10) => ({ id, json: JSON.stringify('x'.repeat(length)), key: undefined });

describe('lanes of rows', () => {
  it('do not let a small row wait for a large one', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const lanes = new RowLanes(async (rows) => {
      if (rows.some(({ json }) => json.length > 1_000)) await held;
      return rows.map(({ id }) => id);
    });
    const large = lanes.call(row('large', 100_000));
    expect(await lanes.call(row('small'))).toBe('small');
    release();
    expect(await large).toBe('large');
  });

  it('send a JSON array, few large rows at a time', async () => {
    const sizes: number[] = [];
    const lanes = new RowLanes((rows, json) => {
      expect(JSON.parse(json)).toHaveLength(rows.length);
      sizes.push(rows.length);
      return Promise.resolve(rows.map(({ id }) => id));
    });
    await Promise.all(Array.from({ length: 6 }, (_, i) => lanes.call(row(`l${i}`, 70_000))));
    expect(sizes).toEqual([4, 2]);
  });
});
