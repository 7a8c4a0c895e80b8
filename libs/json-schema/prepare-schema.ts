import { checkJson, type Json, JsonGuardError, type JsonObject } from '#libs/json-guard';

import { checkAgainstMetaSchema } from './meta-schema.js';
import { checkInPlace } from './schema-graph.js';
import { SchemaError } from './schema-error.js';
import { SCHEMA_LIMITS } from './schema-limits.js';
import { type PatternUse, SchemaWalk } from './schema-walk.js';

/** A schema that is ready for Ajv, and what is known about it. */
export interface PreparedSchema {
  /** The schema with only keywords that have an effect, references in one form, and its costs written in. */
  readonly schema: boolean | JsonObject;
  readonly patterns: readonly PatternUse[];
  readonly hasDefaults: boolean;
  readonly subschemas: number;
  /** Bytes of the JSON text that came in. */
  readonly bytes: number;
}

/**
 * Checks everything about a schema that can be checked in time linear in its text, and rewrites it for Ajv. The schema
 * itself is not changed.
 *
 * @throws SchemaError
 */
export function prepareSchema(schema: Json): PreparedSchema {
  const bytes = checkSize(schema);
  if (typeof schema !== 'boolean' && (schema === null || typeof schema !== 'object' || Array.isArray(schema))) {
    throw new SchemaError('A schema must be an object, true or false.', []);
  }
  checkAgainstMetaSchema(schema);
  const walk = new SchemaWalk(schema);
  const prepared = walk.run();
  checkInPlace(walk.nodes.values());
  const { patterns, hasDefaults, subschemas } = walk;
  return { schema: prepared, patterns, hasDefaults, subschemas, bytes };
}

function checkSize(schema: Json): number {
  const { bytes: limit, depth } = SCHEMA_LIMITS;
  try {
    checkJson(schema, { depth, size: limit });
  } catch (error) {
    if (error instanceof JsonGuardError) throw new SchemaError(error.message, []);
    throw error;
  }
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > limit) throw new SchemaError(`The schema is longer than ${limit} bytes: make it smaller.`, []);
  return bytes;
}
