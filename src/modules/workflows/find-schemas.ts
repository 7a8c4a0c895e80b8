import type { BlockRegistry } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';
import type { WorkflowDefinition } from './definition.js';

/** A JSON Schema in a definition, and where it stands. */
export interface FoundSchema {
  schema: Json;
  path: (string | number)[];
}

/** Deeper than steps may hold steps. */
const DEEPEST = 10;

/** Every JSON Schema of a definition: its own, and those in the configurations of its steps, nested ones included. */
export function findSchemas(definition: WorkflowDefinition, registry: BlockRegistry): FoundSchema[] {
  const own = (['inputSchema', 'outputSchema'] as const).flatMap((member) => {
    const schema = definition[member];
    return schema === undefined ? [] : [{ schema, path: [member] }];
  });
  const { steps, graph } = definition;
  return [
    ...own,
    ...inSteps(steps as unknown as Json, ['steps'], registry, 0),
    ...inSteps((graph?.blocks ?? []) as unknown as Json, ['graph', 'blocks'], registry, 0),
  ];
}

/** Looks into every list of a configuration whose elements look like steps: which of them are is for the compiler to say. */
function inSteps(steps: Json, path: FoundSchema['path'], registry: BlockRegistry, depth: number): FoundSchema[] {
  if (!Array.isArray(steps) || depth > DEEPEST) return [];
  return steps.flatMap((step, index) => {
    if (!isObject(step) || typeof step['type'] !== 'string' || !isObject(step['config'])) return [];
    const { config } = step;
    const here = [...path, index, 'config'];
    const own = (registry.find(step['type'])?.schemaMembers ?? []).flatMap((member) => {
      const schema = config[member];
      return schema === undefined || schema === null ? [] : [{ schema, path: [...here, member] }];
    });
    const nested = Object.entries(config).flatMap(([member, value]) =>
      inSteps(value, [...here, member], registry, depth + 1),
    );
    return [...own, ...nested];
  });
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
