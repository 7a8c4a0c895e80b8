import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether two texts are equal, in a time that does not tell where they differ nor how long the other is. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** Whether any of `given` is any of `wanted`; looks at every pair. */
export function anySame(given: readonly string[], wanted: readonly string[]): boolean {
  let found = false;
  for (const text of given) for (const other of wanted) found = sameSecret(text, other) || found;
  return found;
}
