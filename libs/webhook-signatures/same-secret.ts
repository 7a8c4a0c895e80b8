import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Whether any of `given` is any of `wanted`, in a time that does not tell where they differ nor how long the wanted ones are; looks at every
 * pair.
 */
export function anySame(given: readonly string[], wanted: readonly string[]): boolean {
  const digests = wanted.map(digest);
  let found = false;
  for (const text of given) {
    const own = digest(text);
    for (const other of digests) found = timingSafeEqual(own, other) || found;
  }
  return found;
}
