import { checkJson, type Json } from '#libs/json-guard';

/** Deeper than any request (64), so that steps can wrap what they pass on; far below what PostgreSQL and `JSON.stringify` take. */
const DEPTH = 256;
/** NUL and halves of surrogate pairs: PostgreSQL refuses them in JSON, and with them the write of every run in the same group. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/**
 * A step's input or output as it can be journaled. Templates make unstorable characters when they cut or decode text; each becomes
 * U+FFFD, as it would in UTF-8. Without one, the result is the same value.
 *
 * @throws JsonGuardError for a value that is no JSON, nests deeper than 256 levels or is longer than 10 Mi characters
 */
export function storable(value: Json): Json {
  const json = checkJson(value, { depth: DEPTH });
  return isStorable(json) ? json : repaired(json);
}

function isStorable(value: Json): boolean {
  if (typeof value === 'string') return !UNSTORABLE.test(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isStorable);
  return Object.entries(value).every(([key, member]) => !UNSTORABLE.test(key) && isStorable(member));
}

function repaired(value: Json): Json {
  if (typeof value === 'string') return repairedText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(repaired);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [repairedText(key), repaired(member)]));
}

const repairedText = (text: string): string => text.replaceAll(new RegExp(UNSTORABLE, 'gu'), '\ufffd');
