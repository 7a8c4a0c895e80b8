import { isNativePath } from '../http/index.js';
import { PAGE_OF } from './decorators.js';
import { type Description, operationsOf, type ResponseDescription, type Schema, schemaRef } from './description.js';

const RATE_HEADERS = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit-Policy',
  'RateLimit',
];

/** Pages become schemas of their own, and every JSON answer of the native API is either bare or its envelope. */
export function describeSuccess(description: Description): void {
  const schemas = description.components.schemas;
  for (const { path, operation } of operationsOf(description)) {
    for (const [status, answer] of Object.entries(operation.responses)) {
      if ('$ref' in answer) continue;
      answer.description ||= descriptionOf(Number(status));
      if (Number(status) >= 300) continue;
      answer.headers = { ...headersOf(operation['x-public'] !== true), ...answer.headers };
      const json = answer.content?.['application/json'];
      if (json?.schema) json.schema = styled(json.schema, isNativePath(path), schemas);
    }
  }
}

function descriptionOf(status: number): string {
  if (status >= 300) return 'Not so; the body tells more.';
  if (status === 202) return 'Accepted.';
  return status === 204 ? 'Done; there is nothing to return.' : 'Success.';
}

const headersOf = (limited: boolean): NonNullable<ResponseDescription['headers']> =>
  Object.fromEntries([...(limited ? RATE_HEADERS : []), 'x-request-id'].map((name) => [name, headerRef(name)]));

export const headerRef = (name: string): Schema => ({ $ref: `#/components/headers/${name}` });

function styled(schema: Schema, native: boolean, schemas: Record<string, Schema>): Schema {
  const item = schema[PAGE_OF];
  if (typeof item === 'string') return pageOf(item, native, schemas);
  if (!native) return schema;
  if (typeof schema['$ref'] === 'string') {
    const name = schema['$ref'].split('/').at(-1) ?? '';
    schemas[`${name}Envelope`] ??= envelopeOf(schema);
    return { oneOf: [schema, schemaRef(`${name}Envelope`)] };
  }
  const { oneOf } = schema;
  return { oneOf: [...(Array.isArray(oneOf) ? (oneOf as Schema[]) : [schema]), envelopeOf(schema)] };
}

function pageOf(item: string, native: boolean, schemas: Record<string, Schema>): Schema {
  const page = `${item}Page`;
  const data = { type: 'array', items: schemaRef(item), description: 'The items, newest first.' };
  schemas[page] ??= {
    type: 'object',
    description: `One page of ${item}.`,
    required: ['data', 'cursor', 'hasMore'],
    properties: { data, ...POSITION },
  };
  if (!native) return schemaRef(page);
  schemas[`${page}Envelope`] ??= {
    ...envelopeOf(data),
    description: `One page of ${item}, as callers with an x-api-key header get it.`,
    required: ['success', 'data', 'meta'],
    properties: { success: SUCCESS, data, meta: META },
  };
  return { oneOf: [schemaRef(page), schemaRef(`${page}Envelope`)] };
}

const POSITION = {
  cursor: {
    type: ['string', 'null'],
    description: 'Pass it as `cursor` to get the next page; null on the last one.',
    examples: ['MDE5YjdjMmUtNDU2Ny03YWJjLTg5YWItMDEyMzQ1Njc4OWFi'],
  },
  hasMore: { type: 'boolean', description: 'Whether there is a next page.', examples: [true] },
};

const META = {
  type: 'object',
  description: 'Where the page stands.',
  required: ['cursor', 'hasMore'],
  properties: POSITION,
};

const SUCCESS = { type: 'boolean', const: true, description: 'Always true.' };

const envelopeOf = (data: Schema): Schema => ({
  type: 'object',
  description: 'The answer as callers with an x-api-key header get it.',
  required: ['success', 'data'],
  properties: { success: SUCCESS, data },
});
