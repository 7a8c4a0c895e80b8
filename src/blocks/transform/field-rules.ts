import type { Json, JsonObject } from '#libs/json-guard';
import { compileSchema, SchemaError, type Validator } from '#libs/json-schema';

/** By rule: the JSON Schema of a value, made of what it is compared with. */
const SCHEMAS = {
  required: () => ({ not: { type: 'null' } }),
  string: () => ({ type: 'string' }),
  number: () => ({ type: 'number' }),
  integer: () => ({ type: 'integer' }),
  boolean: () => ({ type: 'boolean' }),
  array: () => ({ type: 'array' }),
  object: () => ({ type: 'object' }),
  email: () => ({ type: 'string', format: 'email' }),
  url: () => ({ type: 'string', format: 'uri' }),
  date: () => ({ type: 'string', format: 'date' }),
  datetime: () => ({ type: 'string', format: 'date-time' }),
  min: (value) => ({ type: 'number', minimum: value }),
  max: (value) => ({ type: 'number', maximum: value }),
  minLength: (value) => ({ type: ['string', 'array'], minLength: value, minItems: value }),
  maxLength: (value) => ({ type: ['string', 'array'], maxLength: value, maxItems: value }),
  pattern: (value) => ({ type: 'string', pattern: value }),
  oneOf: (value) => ({ enum: value }),
} satisfies Record<string, (value: Json) => JsonObject>;

export type RuleName = keyof typeof SCHEMAS;
export const RULE_NAMES = Object.keys(SCHEMAS) as RuleName[];

const MESSAGES: Partial<Record<RuleName, (value: Json) => string>> = {
  required: () => 'is required',
  min: (value) => `must be at least ${JSON.stringify(value)}`,
  max: (value) => `must be at most ${JSON.stringify(value)}`,
  minLength: (value) => `must have at least ${JSON.stringify(value)} characters or elements`,
  maxLength: (value) => `must have at most ${JSON.stringify(value)} characters or elements`,
  pattern: (value) => `must match ${JSON.stringify(value)}`,
  oneOf: (value) => `must be one of ${JSON.stringify(value)}`,
};

const NUMERIC = new Set<RuleName>(['min', 'max', 'minLength', 'maxLength']);

/** A rule of one field. */
export interface FieldRule {
  /** Whether the value passes. */
  test: (value: Json) => boolean;
  message: string;
}

/** @returns the rule, or what is wrong with its value */
export function compileFieldRule(rule: RuleName, value: Json): FieldRule | string {
  if (NUMERIC.has(rule) && typeof value !== 'number') return `rule "${rule}" needs a number as its value`;
  if (rule === 'pattern' && typeof value !== 'string') return 'rule "pattern" needs a pattern as its value';
  if (rule === 'oneOf' && !Array.isArray(value)) return 'rule "oneOf" needs a list as its value';
  let validator: Validator;
  try {
    validator = compileSchema((SCHEMAS as Record<RuleName, (value: Json) => JsonObject>)[rule](value));
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return `rule "${rule}" has a value that cannot be used: ${error.message}`;
  }
  const passes = rule === 'required' ? () => false : (field: Json) => field === null;
  return {
    test: (field) => passes(field) || validator.validate(field).ok,
    message: MESSAGES[rule]?.(value) ?? `must be a valid ${rule}`,
  };
}
