import { type FreeFormKind, freeFormType } from '../http/index.js';
import type { Description, Operation, Schema } from './description.js';

/** The schemas that stand for free-form fields. */
const FREE_FORM: Record<FreeFormKind, Schema> = {
  any: {},
  schema: { type: ['object', 'boolean', 'null'] },
};
const BY_PLACEHOLDER = new Map(
  Object.entries(FREE_FORM).map(([kind, schema]) => [freeFormType(kind as FreeFormKind), schema]),
);

/** What `@nestjs/swagger` cannot say by itself, and an order that does not depend on the order of modules. */
export function tidy(description: Description): void {
  const { openapi, info, servers, tags, paths, components, ...rest } = description;
  for (const member of Object.keys(description)) delete description[member];
  Object.assign(description, { openapi, info, servers, tags, ...rest });
  description.paths = sorted(paths);
  for (const methods of Object.values(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) methods[method] = tidyOperation(operation);
  }
  const { schemas, responses, ...others } = components;
  description.components = { ...others, schemas: sorted(schemas), responses: sorted(responses) };
  tidyTree(description);
}

/** A comment's first sentence is the summary, the rest the description; both stand before the details. */
function tidyOperation(operation: Operation): Operation {
  const { operationId, summary: comment = '', description = '', tags = [], parameters = [], ...rest } = operation;
  const text = comment.trim();
  const end = /\.(?=\s)|\.?\n|\.?$/.exec(text);
  const summary = text.slice(0, end?.index);
  const more = [text.slice(summary.length).replace(/^\.?\s*/, ''), description].filter(Boolean).join('\n\n');
  for (const parameter of parameters) parameter.description ||= `The ${parameter.name}.`;
  return { operationId, summary, ...(more && { description: more }), tags, parameters, ...rest };
}

/**
 * Replaces placeholders, wherever they stand, and joins the lines that comments are wrapped into. Examples are left alone.
 * @param named the node's members are properties by their names, of which one may be called `example`
 */
function tidyTree(node: unknown, named = false): void {
  if (typeof node !== 'object' || node === null) return;
  const schema = node as Schema;
  const type: unknown = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  const replacement = typeof type === 'string' ? BY_PLACEHOLDER.get(type) : undefined;
  if (replacement) {
    delete schema['type'];
    Object.assign(schema, 'additionalProperties' in schema ? { type: 'object' } : replacement);
  }
  const text = schema['description'];
  if (typeof text === 'string') schema['description'] = text.replace(/(?<!\n)\n(?!\n)/g, ' ');
  for (const [key, value] of Object.entries(schema)) {
    if (named || (key !== 'example' && key !== 'examples')) tidyTree(value, !named && key === 'properties');
  }
}

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
