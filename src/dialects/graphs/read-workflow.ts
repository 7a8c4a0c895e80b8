import type { JsonObject } from '#libs/json-guard';
import { badRequest, validationError } from '../../platform/errors/index.js';
import type { GraphChange, GraphListQuery, NewGraph } from '../../modules/workflows/index.js';
import { toPageNumbers } from './page-numbers.js';
import { objectOf, optionalText } from './read-body.js';

const LONGEST_NAME = 255;
const LONGEST_DESCRIPTION = 5_000;
const LONGEST_COLOR = 50;
const LONGEST_SEARCH = 200;

/** @throws DomainError for a body that has no name, or a member with a wrong value */
export function readNewWorkflow(body: unknown): NewGraph {
  const { name, ...members } = readWorkflowChange(body ?? {});
  if (name === undefined) throw badRequest('Name is required');
  return { name, ...members };
}

/** The members that are given. @throws DomainError as {@link readNewWorkflow}, without the name */
export function readWorkflowChange(body: unknown): Omit<GraphChange, 'blocks' | 'edges'> {
  const { name, description, variables, color } = objectOf(body, 'The body');
  if (name !== undefined && (typeof name !== 'string' || name.trim() === '')) throw badRequest('Name is required');
  const [text, tint] = [
    optionalText(description, 'description', LONGEST_DESCRIPTION),
    optionalText(color, 'color', LONGEST_COLOR),
  ];
  return {
    ...(name !== undefined && { name: optionalText(name, 'name', LONGEST_NAME) ?? '' }),
    ...(description !== undefined && { description: text ?? '' }),
    ...(variables !== undefined && { variables: objectOf(variables ?? {}, 'variables') as JsonObject }),
    ...(tint !== undefined && { color: tint }),
  };
}

/** The input of a run: `variables`, or as it used to be called `input`. */
export function readVariables(body: unknown): JsonObject {
  const { variables, input } = objectOf(body ?? {}, 'The body');
  return objectOf(variables ?? input ?? {}, 'variables') as JsonObject;
}

const SORTS = ['created_at', 'name', 'updated_at', 'last_execution_at'] as const;
const ORDERS = ['asc', 'desc'] as const;

/** @throws DomainError VALIDATION_ERROR for an unknown sort or order */
export function readListQuery(query: {
  limit?: string;
  offset?: string;
  q?: string;
  sort?: string;
  order?: string;
}): Omit<GraphListQuery, 'within'> {
  const { q = '', sort = 'created_at', order = 'desc' } = query;
  const [by, way] = [SORTS.find((known) => known === sort), ORDERS.find((known) => known === order)];
  if (!by) throw validationError(`sort must be one of ${SORTS.join(', ')}`);
  if (!way) throw validationError('order must be asc or desc');
  return {
    ...toPageNumbers(query.limit, query.offset),
    ...(q !== '' && { search: q.slice(0, LONGEST_SEARCH) }),
    sort: by,
    order: way,
  };
}
