import { expect, it } from 'vitest';
import { toPageNumbers } from './page-numbers.js';

it.each([
  [undefined, undefined, 50, 0],
  ['10', '20', 10, 20],
  ['0', '-5', 1, 0],
  ['1000', '999999999', 100, 1_000_000],
  ['ten', '1e3', 50, 0],
])('limit %s and offset %s are %i and %i', (limit, offset, first, second) => {
  expect(toPageNumbers(limit, offset)).toEqual({ limit: first, offset: second });
});
