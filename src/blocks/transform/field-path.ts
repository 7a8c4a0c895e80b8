import type { Json, JsonObject } from '#libs/json-guard';

/** Keys from the outside in; empty: the whole value. */
export type FieldPath = readonly string[];

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** `a.b.0`, `a[0].b`, `$.a`, `$`; null for anything else. */
export function parseFieldPath(text: string): FieldPath | null {
  const path = text
    .replace(/^\$\.?/, '')
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .replace(/^\./, '');
  if (path === '') return text.startsWith('$') ? [] : null;
  const keys = path.split('.');
  return keys.some((key) => key === '' || FORBIDDEN.has(key)) ? null : keys;
}

/** The value at the path; null where there is none. */
export function readField(value: Json, path: FieldPath): Json {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return null;
    current = (current as JsonObject)[key] ?? null;
  }
  return current;
}

/** A copy with another value at the path. Objects are made on the way; a list keeps its other elements. */
export function withField(value: Json, path: FieldPath, field: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return field;
  if (Array.isArray(value) && /^\d{1,5}$/.test(key) && Number(key) <= value.length) {
    return value.toSpliced(Number(key), 1, withField(value[Number(key)] ?? null, rest, field));
  }
  const members = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  return { ...members, [key]: withField(Object.hasOwn(members, key) ? (members[key] ?? null) : null, rest, field) };
}
