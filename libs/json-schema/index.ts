/**
 * JSON Schema draft 2020-12 for schemas and inputs that strangers wrote: a schema that is saved is first proved to
 * compile, in a thread that can be killed; a validator made from it runs in bounded time and answers in sentences.
 *
 * Words: an *issue* is one fault of an input; a *subschema* is any schema inside a schema; a keyword applies *in place*
 * when its subschemas look at the same value (`allOf`, `$ref`), not at a part of it (`properties`, `items`).
 */
export { assertSchemaCompiles } from './assert-schema-compiles.js';
export { compileSchema, type ValidationResult, type Validator } from './compile-schema.js';
export { SCHEMA_LIMITS } from './schema-limits.js';
export { SchemaError } from './schema-error.js';
export type { Issue } from './issues.js';
