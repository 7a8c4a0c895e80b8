import { expect, it } from 'vitest';
import { bytesOf } from './delivery-log.js';

it('a delivery that waits to be written takes what its body, path and headers take', () => {
  expect(bytesOf({ body: null, path: '/p', headers: {} })).toBe(2);
  expect(bytesOf({ body: Buffer.alloc(10), path: '/p', headers: { ab: 'cde', f: 'g' } })).toBe(19);
});
