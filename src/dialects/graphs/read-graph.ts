import { validationError } from '../../platform/errors/index.js';
import type { Json } from '#libs/json-guard';
import type { BlockDefinition, EdgeDefinition, GraphDefinition } from '../../modules/workflows/index.js';
import { objectOf, optionalText } from './read-body.js';

const MOST_BLOCKS = 500;
const MOST_EDGES = 2_000;

/**
 * The blocks and edges of a body. Members that are not ours are left out: clients send what their studio knows.
 * @throws DomainError VALIDATION_ERROR, in the words of the contract where it has some
 */
export function readGraph(body: unknown): Pick<GraphDefinition, 'blocks' | 'edges'> {
  const { blocks, edges = [] } = objectOf(body, 'The body');
  return {
    blocks: listOf(blocks, 'blocks', MOST_BLOCKS).map(readBlock),
    edges: listOf(edges, 'edges', MOST_EDGES).map(readEdge),
  };
}

function listOf(value: unknown, name: string, most: number): unknown[] {
  if (!Array.isArray(value)) throw validationError(`${name} must be a list`);
  if (value.length > most) throw validationError(`${name} has more than ${most} entries`);
  return value;
}

function readBlock(value: unknown): BlockDefinition {
  const { id, type, name, config, enabled, position } = partOf(value);
  if (!isText(id) || !isText(type)) throw validationError("Each block must have 'id' and 'type'");
  const label = `Block "${id}"`;
  if (config !== undefined && config !== null && !isObject(config))
    throw validationError(`${label}: config must be an object`);
  if (enabled !== undefined && typeof enabled !== 'boolean')
    throw validationError(`${label}: enabled must be true or false`);
  const text = optionalText(name, `${label}: name`, 255);
  return {
    id,
    type,
    ...(text && { name: text }),
    config: config ?? {},
    ...(enabled === false && { enabled }),
    position: readPosition(position),
  };
}

/** An editor's; what is no place is none. */
function readPosition(value: unknown): { x: number; y: number } {
  const { x, y } = partOf(value);
  return { x: typeof x === 'number' ? x : 0, y: typeof y === 'number' ? y : 0 };
}

function readEdge(value: unknown, index: number): EdgeDefinition {
  const { id, source, target, sourceHandle, targetHandle, condition } = partOf(value);
  if (!isText(source) || !isText(target)) throw validationError("Each edge must have 'source' and 'target'");
  const label = `Edge ${index + 1}`;
  const [name, from, to, route] = [
    optionalText(id, `${label}: id`, 255),
    optionalText(sourceHandle, `${label}: sourceHandle`, 100),
    optionalText(targetHandle, `${label}: targetHandle`, 100),
    optionalText(condition, `${label}: condition`, 100),
  ];
  return {
    id: name ?? `edge-${index + 1}`,
    source,
    target,
    sourceHandle: from ?? 'output',
    targetHandle: to ?? 'input',
    condition: route ?? null,
  };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const partOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
