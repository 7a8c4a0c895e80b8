import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

import type { Json } from '#libs/json-guard';

import { toIssues } from './issues.js';
import { SchemaError } from './schema-error.js';

let metaSchema: ValidateFunction | undefined;

/** @throws SchemaError with the first place where the schema is not one of draft 2020-12 */
export function checkAgainstMetaSchema(schema: Json): void {
  metaSchema ??= compileMetaSchema();
  if (metaSchema(schema)) return;
  const [issue] = toIssues(metaSchema.errors ?? [], schema);
  throw new SchemaError(`The schema is not valid: "${issue?.path.join('/')}" ${issue?.message}.`, issue?.path ?? []);
}

/** Takes about 40 ms, once in the life of a process. */
function compileMetaSchema(): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
  const validate = ajv.getSchema('https://json-schema.org/draft/2020-12/schema');
  if (validate === undefined) throw new Error('Ajv does not know draft 2020-12');
  return validate as ValidateFunction;
}
