import type { Json, JsonObject } from '#libs/json-guard';

/**
 * Headers or parameters as pairs, of an object or of rows as table editors keep them: `{key, value}` or `{cells: {Key, Value}}`. Rows
 * without a key are dropped; null is no pairs.
 *
 * @returns undefined for anything else
 */
export function toPairs(value: Json): [string, Json][] | undefined {
  if (value === null) return [];
  if (typeof value !== 'object') return undefined;
  if (!Array.isArray(value)) return Object.entries(value);
  const pairs: [string, Json][] = [];
  for (const row of value) {
    const pair = toPair(row);
    if (!pair) return undefined;
    if (pair[0] !== '') pairs.push(pair);
  }
  return pairs;
}

function toPair(row: Json): [string, Json] | undefined {
  if (!isObject(row)) return undefined;
  const { cells } = row;
  const [key, value] = isObject(cells) ? [cells['Key'], cells['Value']] : [row['key'], row['value']];
  if (key === null || key === undefined) return ['', null];
  return typeof key === 'string' && key !== '__proto__' ? [key, value ?? null] : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
