import type { Json, JsonObject } from '#libs/json-guard';
import { compileSchema, type Issue, type ValidationResult, type Validator } from '#libs/json-schema';
import type { Operation } from './connector.js';

const validators = new WeakMap<Operation, Validator>();

/** One validator an operation, made when it is first needed. */
function validatorOf(operation: Operation): Validator {
  const known = validators.get(operation) ?? compileSchema(operation.parameters);
  validators.set(operation, known);
  return known;
}

/** Resolved parameters against the operation's schema, defaults filled in. A null member counts as left out: a missing path resolves to it. */
export function checkParameters(operation: Operation, parameters: JsonObject): ValidationResult {
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
  return validatorOf(operation).validate(given);
}

/**
 * What is wrong with parameters that still hold templates, whatever these become: unknown and missing members, and values that no template
 * takes part in.
 */
export function findStaticIssues(
  operation: Operation,
  parameters: JsonObject,
  isStatic: (value: Json) => boolean,
): readonly Issue[] {
  const checked = checkParameters(operation, parameters);
  if (checked.ok) return [];
  return checked.issues.filter(
    ({ path, message }) => message === 'Required' || message === 'is not allowed' || isStatic(at(parameters, path)),
  );
}

const at = (value: Json, path: Issue['path']): Json =>
  path.reduce<Json>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? ((inner as JsonObject)[key] ?? null) : null),
    value,
  );
