import type { Json } from '#libs/json-guard';

/** What stands in the place of a hidden value. */
export const HIDDEN = '[redacted]';

/** A copy with what stands at the path hidden; the same value when nothing does. Null, being nothing, stays. */
export function hideAt(value: Json, keys: readonly string[]): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return value === null ? null : HIDDEN;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => (key === '*' || key === String(index) ? hideAt(item, rest) : item));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, key === '*' || key === name ? hideAt(member, rest) : member]),
  );
}

/** Every text and number at the path or below it. */
export function leavesAt(value: Json, keys: readonly string[]): (string | number)[] {
  const [key, ...rest] = keys;
  if (typeof value === 'string' || typeof value === 'number') return key === undefined ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    key === undefined || key === '*' || key === name ? leavesAt(member, rest) : [],
  );
}
