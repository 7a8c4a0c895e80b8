/** How a keyword holds subschemas. */
export interface Applicator {
  readonly holds: 'one' | 'list' | 'map';
  /** The subschemas apply to the very value the schema applies to. */
  readonly inPlace: boolean;
}

const one: Applicator = { holds: 'one', inPlace: false };
const oneInPlace: Applicator = { holds: 'one', inPlace: true };
const list: Applicator = { holds: 'list', inPlace: false };
const listInPlace: Applicator = { holds: 'list', inPlace: true };
const map: Applicator = { holds: 'map', inPlace: false };
const mapInPlace: Applicator = { holds: 'map', inPlace: true };

/** Every keyword of draft 2020-12 that holds subschemas, and `dependencies` and `definitions` of earlier drafts. */
export const APPLICATORS: ReadonlyMap<string, Applicator> = new Map([
  ['not', oneInPlace],
  ['if', oneInPlace],
  ['then', oneInPlace],
  ['else', oneInPlace],
  ['allOf', listInPlace],
  ['anyOf', listInPlace],
  ['oneOf', listInPlace],
  ['dependentSchemas', mapInPlace],
  ['dependencies', mapInPlace],
  ['items', one],
  ['contains', one],
  ['additionalProperties', one],
  ['propertyNames', one],
  ['unevaluatedItems', one],
  ['unevaluatedProperties', one],
  ['prefixItems', list],
  ['properties', map],
  ['patternProperties', map],
  ['$defs', map],
  ['definitions', map],
]);

/** Keywords that only hold subschemas for others to refer to. */
export const DEFINITIONS: ReadonlySet<string> = new Set(['$defs', 'definitions']);

/** The keywords besides applicators that reach Ajv; every other one is an annotation, which has no effect. */
export const ASSERTIONS: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'const',
  'multipleOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minContains',
  'maxContains',
  'minProperties',
  'maxProperties',
  'required',
  'default',
]);

/** The `$schema` values that are read as draft 2020-12. */
export const KNOWN_DRAFTS: ReadonlySet<string> = new Set([
  'https://json-schema.org/draft/2020-12/schema',
  'http://json-schema.org/draft-07/schema',
]);
