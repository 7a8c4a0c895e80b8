/**
 * What a schema may hold. With these, a schema compiles in well under a second and its code is proportional to its
 * text: references become calls, never copies.
 */
export const SCHEMA_LIMITS = {
  /** Bytes of its JSON text. */
  bytes: 64 * 1024,
  /** Arrays and objects inside one another. */
  depth: 32,
  /** Schemas inside it, itself included. Ajv takes about 0.1 ms for each. */
  subschemas: 1000,
  /** Alternatives of one anyOf or oneOf: Ajv nests the code of each inside that of the one before. */
  alternatives: 100,
  /**
   * Subschemas applied to one and the same value, references followed. Without it, thirty definitions that each name
   * the next one twice would be applied 2^30 times.
   */
  appliedToOneValue: 10_000,
  /** RE2 instructions of all its patterns together; about 10 µs each to compile. */
  patternInstructions: 10_000,
  /** Characters of the code that Ajv makes of it. V8 ends the whole process when code does not fit into its heap. */
  code: 2 * 1024 * 1024,
} as const;
