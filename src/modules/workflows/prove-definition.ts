import type { BlockRegistry } from '#libs/block-kit';
import { assertSchemaCompiles, SchemaError } from '#libs/json-schema';
import { type Issue, validationError } from '../../platform/errors/index.js';
import { compileDefinition, type CompiledWorkflow } from './compile-definition.js';
import type { WorkflowDefinition } from './definition.js';
import { findSchemas } from './find-schemas.js';
import { findSteps, type FoundStep } from './find-steps.js';

/**
 * Compiles a definition that is to be saved, and everything in it that must not be compiled in this process before somebody else has: a
 * hostile schema or piece of code must not hold up the server.
 * @throws DomainError VALIDATION_ERROR
 */
export async function proveDefinition(
  definition: WorkflowDefinition,
  registry: BlockRegistry,
  organizationId?: string,
): Promise<CompiledWorkflow> {
  const steps = findSteps(definition, registry);
  await proveSchemas(definition, steps);
  const compiled = compileDefinition(definition, registry);
  await proveSteps(steps, organizationId);
  return compiled;
}

async function proveSchemas(definition: WorkflowDefinition, steps: readonly FoundStep[]): Promise<void> {
  for (const { schema, path } of findSchemas(definition, steps)) {
    try {
      await assertSchemaCompiles(schema);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      const details = [{ path: [...path, ...error.path], message: error.message }];
      throw validationError('Invalid workflow configuration', { details });
    }
  }
}

async function proveSteps(steps: readonly FoundStep[], organizationId?: string): Promise<void> {
  const details: Issue[] = [];
  for (const { id, type, config, path } of steps) {
    const issue = await type.prove?.(config, organizationId);
    const label = path[0] === 'graph' ? 'Block' : 'Step';
    if (issue) details.push({ path: [...path, ...issue.path], message: `${label} "${id}": ${issue.message}` });
  }
  if (details.length > 0) throw validationError('Invalid workflow configuration', { details });
}
