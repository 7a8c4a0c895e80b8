/** A JSON value (RFC 8259) as `JSON.parse` builds it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/** How large a JSON value may be. */
export interface JsonLimits {
  /** Arrays and objects inside one another; a scalar has depth 0, `[]` has depth 1. */
  readonly depth: number;
  /** Object members in the whole value, at every depth. */
  readonly keys: number;
  /** UTF-16 code units of the JSON text. */
  readonly size: number;
}

/**
 * What a request body may hold: depth 64, 10,000 keys, 10 Mi characters. The HTTP edge sets a lower size in bytes
 * before the text is read; this one is the backstop.
 */
export const JSON_LIMITS: JsonLimits = { depth: 64, keys: 10_000, size: 10 * 1024 * 1024 };
