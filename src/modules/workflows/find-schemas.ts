import type { Json } from '#libs/json-guard';
import type { WorkflowDefinition } from './definition.js';
import type { FoundStep } from './find-steps.js';

/** A JSON Schema in a definition, and where it stands. */
export interface FoundSchema {
  schema: Json;
  path: (string | number)[];
}

/** Every JSON Schema of a definition: its own, and those in the configurations of its steps. */
export function findSchemas(definition: WorkflowDefinition, steps: readonly FoundStep[]): FoundSchema[] {
  const own = (['inputSchema', 'outputSchema'] as const).flatMap((member) => {
    const schema = definition[member];
    return schema === undefined ? [] : [{ schema, path: [member] }];
  });
  const inSteps = steps.flatMap(({ type, config, path }) =>
    (type.schemaMembers ?? []).flatMap((member) => {
      const schema = config[member];
      return schema === undefined || schema === null ? [] : [{ schema, path: [...path, member] }];
    }),
  );
  return [...own, ...inSteps];
}
