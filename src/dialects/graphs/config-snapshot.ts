import { maskUrl } from '#libs/http-exchange';
import type { Json, JsonObject } from '#libs/json-guard';
import { isCredential } from '#libs/safe-http';

const MASK = '***';
/** Names of members whose texts identify somebody. */
const SECRET = /auth|cookie|secret|passw|credential|session|signature|api[-_]?key|access[-_]?key|token$/i;

/**
 * A block's configuration for those who may see what it did but perhaps not how it is written: without literal credentials in members, rows of
 * tables and addresses. Code and templates stay.
 */
export const snapshotOf = (config: JsonObject): JsonObject => maskMembers(config);

function mask(value: Json): Json {
  if (typeof value === 'string') return value.includes('://') ? maskUrl(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.map(mask) : maskMembers(value);
}

function maskMembers(object: JsonObject): JsonObject {
  const masked = Object.entries(object).map(([name, value]) => [name, SECRET.test(name) ? hidden(value) : mask(value)]);
  return maskRow(Object.fromEntries(masked) as JsonObject);
}

/** `{key, value}` and the `{Key, Value}` of cells. */
function maskRow(row: JsonObject): JsonObject {
  for (const [name, member] of [
    ['key', 'value'],
    ['Key', 'Value'],
  ] as const) {
    const key = row[name];
    const value = row[member];
    if (typeof key === 'string' && value !== undefined && isCredential(key.toLowerCase()))
      return { ...row, [member]: hidden(value) };
  }
  return row;
}

/** Numbers and flags say nothing of anybody. */
const hidden = (value: Json): Json =>
  typeof value === 'number' || typeof value === 'boolean' || value === null ? value : MASK;
