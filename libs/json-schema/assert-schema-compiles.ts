import type { Json } from '#libs/json-guard';

import { CompileThread } from './compile-thread.js';
import { compileSchema } from './compile-schema.js';
import { type PreparedSchema, prepareSchema } from './prepare-schema.js';

const SMALL_BYTES = 4096;
const SMALL_SUBSCHEMAS = 50;

const thread = new CompileThread();

/**
 * Proves that a schema compiles within a second, before it is saved. Afterwards `compileSchema` may be called with it.
 * The event loop waits for nothing but small schemas: others compile in a thread that is killed when its time is up.
 *
 * @throws SchemaError
 */
export async function assertSchemaCompiles(schema: Json): Promise<void> {
  if (isSurelyQuick(prepareSchema(schema))) compileSchema(schema);
  else await thread.compile(schema);
}

/**
 * Code grows with the number of subschemas, for references are calls: 50 of them take some 10 ms at most. The time for
 * a pattern grows with its text, 4 KiB to some 50 ms at most, unless counts such as in `a{1000}` make much of little.
 */
function isSurelyQuick({ bytes, subschemas, patterns }: PreparedSchema): boolean {
  const isSmall = bytes <= SMALL_BYTES && subschemas <= SMALL_SUBSCHEMAS;
  return isSmall && !patterns.some(({ source }) => /\{\d/.test(source));
}
