import { JsonGuardError } from './json-guard-error.js';
import { JSON_LIMITS, type Json, type JsonLimits } from './json.js';
import { JsonScanner } from './json-scanner.js';

/**
 * Parses a JSON text that nobody has vouched for. The result is exactly what `JSON.parse` gives; texts that would be
 * changed silently, or that later code could not hold, are refused instead: nesting and key limits, `__proto__` as a
 * key, duplicate keys, NUL characters and lone surrogates (PostgreSQL's jsonb takes neither), integers beyond
 * ±(2^53 − 1), and numbers that would become Infinity or, not being zero, 0. Other decimals follow IEEE 754 doubles.
 *
 * One linear pass without recursion comes first, so a hostile text costs no more than reading it.
 *
 * @param limits replace the defaults of {@link JSON_LIMITS} one by one
 * @throws JsonGuardError
 * @example parseGuarded('{"amount": 9900}') // { amount: 9900 }
 */
export function parseGuarded(text: string, limits?: Partial<JsonLimits>): Json {
  const { size, depth, keys } = limits === undefined ? JSON_LIMITS : { ...JSON_LIMITS, ...limits };
  if (text.length > size) {
    throw new JsonGuardError('TOO_LARGE', [], 0, `The JSON text is longer than ${size} characters: send less at once.`);
  }
  new JsonScanner(text, depth, keys).scan();
  return JSON.parse(text) as Json;
}
