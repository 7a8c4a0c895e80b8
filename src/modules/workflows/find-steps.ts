import type { BlockRegistry, BlockType } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import type { WorkflowDefinition } from './definition.js';

/** A step in a definition, and where its configuration stands. */
export interface FoundStep {
  id: string;
  type: BlockType;
  config: JsonObject;
  path: (string | number)[];
}

/** Deeper than steps may hold steps. */
const DEEPEST = 10;

/**
 * Every step or block of a definition whose type is known, nested ones included. Looks into every list of a configuration whose elements look like
 * steps: which of them are is for the compiler to say.
 */
export const findSteps = ({ steps, graph }: WorkflowDefinition, registry: BlockRegistry): FoundStep[] => [
  ...inList(steps as unknown as Json, ['steps'], registry, 0),
  ...inList((graph?.blocks ?? []) as unknown as Json, ['graph', 'blocks'], registry, 0),
];

function inList(steps: Json, path: FoundStep['path'], registry: BlockRegistry, depth: number): FoundStep[] {
  if (!Array.isArray(steps) || depth > DEEPEST) return [];
  return steps.flatMap((step, index) => {
    if (!isObject(step)) return [];
    const { id, type: name, config } = step;
    if (typeof id !== 'string' || typeof name !== 'string' || !isObject(config)) return [];
    const here = [...path, index, 'config'];
    const type = registry.find(name);
    const own = type ? [{ id, type, config, path: here }] : [];
    const nested = Object.entries(config).flatMap(([member, value]) =>
      inList(value, [...here, member], registry, depth + 1),
    );
    return [...own, ...nested];
  });
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
