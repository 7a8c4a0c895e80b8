import { JsonGuardError, type JsonGuardReason } from './json-guard-error.js';
import { JSON_LIMITS, type Json, type JsonLimits } from './json.js';

interface Frame {
  readonly container: unknown[] | Record<string, unknown>;
  /** Undefined for an array. */
  readonly keys: readonly string[] | undefined;
  readonly size: number;
  next: number;
}

/**
 * Checks that a value which did not come from text is JSON that can be stored and walked: an HTTP answer, a block's
 * output. Depth and size are limited as for requests; keys only where `limits.keys` says so, for answers of other
 * systems may hold many. A value that contains itself is refused as too deep, and one that grows by sharing parts
 * as too large.
 *
 * Object members that are undefined are dropped, as `JSON.stringify` does: then the result is a copy. Otherwise it
 * is the same value. The value itself is never changed.
 *
 * @throws JsonGuardError TOO_DEEP, TOO_LARGE, TOO_MANY_KEYS, FORBIDDEN_KEY, UNSAFE_NUMBER (NaN and infinities) or
 * NOT_JSON (functions, symbols, bigints, undefined in arrays, dates, maps and other class instances)
 */
export function checkJson(value: unknown, limits?: Partial<JsonLimits>): Json {
  return weighJson(value, limits).json;
}

/** Like {@link checkJson}, and tells how many characters the value's JSON text has at least; escapes may add to that. */
export function weighJson(value: unknown, limits?: Partial<JsonLimits>): { json: Json; size: number } {
  const walk = new Walk({ ...JSON_LIMITS, keys: Number.POSITIVE_INFINITY, ...limits });
  walk.run(value);
  const json = walk.droppedMembers ? (JSON.parse(JSON.stringify(value)) as Json) : (value as Json);
  return { json, size: walk.size };
}

class Walk {
  droppedMembers = false;
  size = 0;
  private keyCount = 0;
  private readonly frames: Frame[] = [];

  constructor(private readonly limits: JsonLimits) {}

  run(root: unknown): void {
    this.visit(root);
    for (let frame = this.frames.at(-1); frame !== undefined; frame = this.frames.at(-1)) {
      const { container, keys, size, next } = frame;
      if (next >= size) {
        this.frames.pop();
        continue;
      }
      frame.next += 1;
      const key = keys?.[next];
      if (key === undefined) this.visit((container as unknown[])[next]);
      else this.visitMember(key, (container as Record<string, unknown>)[key]);
    }
  }

  private visitMember(key: string, value: unknown): void {
    if (value === undefined) {
      this.droppedMembers = true;
      return;
    }
    this.keyCount += 1;
    if (this.keyCount > this.limits.keys) this.fail('TOO_MANY_KEYS', `has more than ${this.limits.keys} object keys`);
    if (key === '__proto__') this.fail('FORBIDDEN_KEY', 'has the key "__proto__", which is not allowed');
    this.grow(key.length + 3);
    this.visit(value);
  }

  private visit(value: unknown): void {
    this.grow(typeof value === 'string' ? value.length + 2 : typeof value === 'number' ? digitsOf(value) : 1);
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) this.fail('UNSAFE_NUMBER', `holds ${value}, which is not a JSON number`);
      return;
    }
    if (Array.isArray(value)) this.enter(value);
    else if (isPlainObject(value)) this.enter(value, Object.keys(value));
    else
      this.fail('NOT_JSON', `holds ${describe(value)}: use plain objects, arrays, strings, numbers, booleans or null`);
  }

  private enter(container: Frame['container'], keys?: string[]): void {
    if (this.frames.length >= this.limits.depth) {
      this.fail('TOO_DEEP', `is nested deeper than ${this.limits.depth} levels`);
    }
    this.frames.push({ container, keys, size: (keys ?? (container as unknown[])).length, next: 0 });
  }

  /** Counts the characters the value's JSON text has at least. */
  private grow(characters: number): void {
    this.size += characters;
    if (this.size > this.limits.size) {
      this.fail('TOO_LARGE', `is longer than ${this.limits.size} characters as JSON`);
    }
  }

  private fail(reason: JsonGuardReason, fault: string): never {
    const path = this.frames.map(({ keys, next }) => keys?.[next - 1] ?? next - 1);
    throw new JsonGuardError(reason, path, 0, `The value ${fault}.`);
  }
}

/** Characters of a number's text; most numbers are small, and making the text of each would cost more than the whole walk. */
const digitsOf = (value: number): number =>
  Number.isInteger(value) && value >= 0 && value < 100 ? 1 : String(value).length;

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (value === undefined) return 'undefined';
  return typeof value === 'object' ? 'a class instance such as a Date or a Map' : `a ${typeof value}`;
}
