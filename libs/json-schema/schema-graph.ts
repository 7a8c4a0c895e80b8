import { SchemaError } from './schema-error.js';
import { SCHEMA_LIMITS } from './schema-limits.js';
import type { SchemaNode } from './schema-walk.js';

const IN_PROGRESS = -1;

/**
 * Checks how schemas apply in place. None may come back to itself without going into a part of the value: it would
 * never end. And none may be made of more than `appliedToOneValue` applications, references followed. Recursion into
 * parts of the value is free: the value's own depth ends it.
 */
export function checkInPlace(nodes: Iterable<SchemaNode>): void {
  const applications = new Map<SchemaNode, number>();
  for (const node of nodes) countApplications(node, applications);
}

function countApplications(node: SchemaNode, known: Map<SchemaNode, number>): number {
  const before = known.get(node);
  if (before === IN_PROGRESS) {
    throw new SchemaError(
      'The schema refers to itself without going into a property or an item: it never ends.',
      node.path,
    );
  }
  if (before !== undefined) return before;
  known.set(node, IN_PROGRESS);
  let count = 1;
  for (const applied of node.inPlace) count += countApplications(applied, known);
  if (count > SCHEMA_LIMITS.appliedToOneValue) {
    const limit = SCHEMA_LIMITS.appliedToOneValue;
    throw new SchemaError(`More than ${limit} subschemas apply to one value here: use fewer references.`, node.path);
  }
  known.set(node, count);
  return count;
}
