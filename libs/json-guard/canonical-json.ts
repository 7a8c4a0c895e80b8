import { createHash } from 'node:crypto';

import { JsonGuardError } from './json-guard-error.js';
import type { Json, JsonObject } from './json.js';

interface Frame {
  readonly container: Json[] | JsonObject;
  /** Sorted; undefined for an array. */
  readonly keys: readonly string[] | undefined;
  readonly size: number;
  next: number;
}

/**
 * The canonical text of a value by RFC 8785 (JCS): members sorted by UTF-16 code units, numbers and strings as
 * ECMAScript writes them, no spaces. Equal values give equal texts. Iterative: any depth will do.
 *
 * @throws JsonGuardError UNSAFE_NUMBER for NaN and infinities, which JSON cannot express
 */
export function canonicalJson(value: Json): string {
  const frames: Frame[] = [];
  let text = begin(value, frames);
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const { container, keys, size, next } = frame;
    if (next === size) {
      text += keys === undefined ? ']' : '}';
      frames.pop();
      continue;
    }
    frame.next += 1;
    if (next > 0) text += ',';
    const key = keys?.[next];
    if (key !== undefined) text += `${JSON.stringify(key)}:`;
    text += begin((container as JsonObject)[key ?? next] as Json, frames);
  }
  return text;
}

/** SHA-256 of the canonical text: 32 bytes that are equal for equal values, whatever the order of their keys. */
export function fingerprint(value: Json): Buffer {
  return createHash('sha256').update(canonicalJson(value)).digest();
}

/** The text of a scalar, or the opening bracket of a container, which goes on the stack. */
function begin(value: Json, frames: Frame[]): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value !== 'object') return scalarText(value);
  const keys = Array.isArray(value) ? undefined : Object.keys(value).sort();
  frames.push({ container: value, keys, size: (keys ?? (value as Json[])).length, next: 0 });
  return keys === undefined ? '[' : '{';
}

function scalarText(value: null | boolean | number): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new JsonGuardError('UNSAFE_NUMBER', [], 0, `${value} is not a JSON number.`);
  }
  return String(value);
}
