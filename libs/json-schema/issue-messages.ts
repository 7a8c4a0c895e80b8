import type { ErrorObject } from 'ajv/dist/2020.js';

import { shorten } from '#libs/json-guard';

type Params = Record<string, unknown>;

const LONGEST_LIST = 20;

const FORMATS: Record<string, string> = {
  'date-time': 'a date and time such as 2025-01-31T09:30:00Z',
  date: 'a date such as 2025-01-31',
  time: 'a time such as 09:30:00Z',
  duration: 'a duration such as P1DT12H',
  email: 'an email address',
  uri: 'an absolute URI',
  url: 'an http, https or ftp URL',
  uuid: 'a UUID',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  hostname: 'a host name',
  byte: 'base64 text',
  regex: 'a regular expression without lookarounds or back-references',
  int32: 'a whole number between -2147483648 and 2147483647',
  int64: 'a whole number',
};

const COMPARISONS: Record<string, string> = {
  '>=': 'at least',
  '<=': 'at most',
  '>': 'greater than',
  '<': 'less than',
};

const ARTICLES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'a boolean',
  object: 'an object',
  array: 'an array',
  null: 'null',
};

/** By keyword. What a keyword is missing here is said in general words. */
const MESSAGES: Record<string, (params: Params) => string> = {
  required: () => 'Required',
  additionalProperties: () => 'is not allowed',
  unevaluatedProperties: () => 'is not allowed',
  'false schema': () => 'is not allowed',
  type: ({ type }) => `must be ${either([type].flat().map((name) => ARTICLES[String(name)] ?? String(name)))}`,
  enum: ({ allowedValues }) => `must be one of ${listOf(allowedValues as unknown[])}`,
  const: ({ allowedValue }) => `must be ${listOf([allowedValue])}`,
  minimum: compare,
  maximum: compare,
  exclusiveMinimum: compare,
  exclusiveMaximum: compare,
  multipleOf: ({ multipleOf }) => `must be a multiple of ${String(multipleOf)}`,
  minLength: ({ limit }) => `must have at least ${count(limit, 'character')}`,
  maxLength: ({ limit }) => `must have at most ${count(limit, 'character')}`,
  pattern: ({ pattern }) => `must match pattern "${String(pattern)}"`,
  format: ({ format }) => `must be ${FORMATS[String(format)] ?? `in the format ${quote(format)}`}`,
  minItems: ({ limit }) => `must have at least ${count(limit, 'item')}`,
  maxItems: ({ limit }) => `must have at most ${count(limit, 'item')}`,
  items: ({ limit }) => `must have at most ${count(limit, 'item')}`,
  unevaluatedItems: ({ len }) => `must have at most ${count(len, 'item')}`,
  uniqueItems: ({ indexes }) => `must not hold an item twice: items ${(indexes as number[]).join(' and ')} are equal`,
  contains: ({ minContains, maxContains }) => {
    const most = maxContains === undefined ? '' : ` and at most ${quote(maxContains)}`;
    return `must have at least ${quote(minContains)}${most} matching "contains"`;
  },
  minProperties: ({ limit }) => `must have at least ${count(limit, 'property')}`,
  maxProperties: ({ limit }) => `must have at most ${count(limit, 'property')}`,
  anyOf: () => 'must match at least one of the alternatives in "anyOf"',
  oneOf: ({ passingSchemas }) =>
    passingSchemas === null
      ? 'must match one of the alternatives in "oneOf"'
      : `must match only one of the alternatives in "oneOf": it matches numbers ${(passingSchemas as number[]).join(' and ')}`,
  not: () => 'must not match the schema in "not"',
};

/** What is wrong with a value, as the end of a sentence that begins with its name. */
export function describe({ keyword, params, propertyName }: ErrorObject): string {
  const message = MESSAGES[keyword]?.(params as Params) ?? `does not satisfy "${keyword}"`;
  return propertyName === undefined ? message : `is not an allowed property name: it ${message}`;
}

function compare({ comparison, limit }: Params): string {
  return `must be ${COMPARISONS[String(comparison)]} ${String(limit)}`;
}

function count(limit: unknown, noun: string): string {
  if (limit === 1) return `1 ${noun}`;
  return `${String(limit)} ${noun === 'property' ? 'properties' : `${noun}s`}`;
}

/** Strings bare, as people write them; anything else as JSON. */
function listOf(values: readonly unknown[]): string {
  const listed = values
    .slice(0, LONGEST_LIST)
    .map((value) => shorten(typeof value === 'string' ? value : quote(value)));
  return [...listed, ...(values.length > LONGEST_LIST ? ['…'] : [])].join(', ');
}

function either(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function quote(value: unknown): string {
  return JSON.stringify(value);
}
