import type { BlockRegistry } from '#libs/block-kit';
import type { Plan } from '#libs/engine';
import type { Json, JsonObject } from '#libs/json-guard';
import { compileSchema, SchemaError, type Validator } from '#libs/json-schema';
import { type Issue, validationError } from '../../platform/errors/index.js';
import { checkTrigger } from './check-trigger.js';
import type { RequiredConnection } from './compile-block.js';
import { compileSteps } from './compile-steps.js';
import {
  DEFAULT_MAX_DURATION_MS,
  DEFAULT_QUEUE_TTL_MS,
  type WorkflowDefinition,
  type WorkflowSettings,
} from './definition.js';
import { DefinitionIssue } from './definition-issue.js';
import { compileGraph } from './graph/compile-graph.js';
import { given } from './given.js';
import { checkWebhookBlocks } from './webhook-definition.js';
import { compilePrivacy, type Privacy } from './privacy.js';

/** A definition, checked and ready to run. Immutable, and shared by all runs of its version. */
export interface CompiledWorkflow {
  /** What it was compiled from. */
  definition: WorkflowDefinition;
  plan: Plan;
  input: Validator | null;
  output: Validator | null;
  /** Defaults of the input, which the run's templates also read as `variables`; null: they read what its steps set. */
  defaults: JsonObject | null;
  settings: Required<Pick<WorkflowSettings, 'maxDurationMs' | 'queueTtlMs'>>;
  /** Null where payloads are kept as they are. */
  privacy: Privacy | null;
  /** Connections without which its runs are refused. */
  connections: readonly RequiredConnection[];
}

/**
 * Compiles a definition whose shape has been validated. Whatever is wrong is a 400 that names the step and the position.
 * @throws DomainError VALIDATION_ERROR with one detail a mistake
 */
export function compileDefinition(definition: WorkflowDefinition, registry: BlockRegistry): CompiledWorkflow {
  const issues: Issue[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof DefinitionIssue)) throw error;
      issues.push(error.issue);
      return undefined;
    }
  };
  const input = attempt(() => compileSchemaAt(definition.inputSchema, 'inputSchema')) ?? null;
  const output = attempt(() => compileSchemaAt(definition.outputSchema, 'outputSchema')) ?? null;
  issues.push(...checkTrigger(definition.trigger, input));
  const { graph } = definition;
  const steps = graph ? compileGraph(graph, registry, attempt) : compileSteps(definition.steps, registry, attempt);
  if (graph) issues.push(...checkWebhookBlocks(graph));
  const privacy = compilePrivacy(definition.settings, steps?.plan, issues);
  if (!steps || issues.length > 0) throw validationError('Invalid workflow configuration', { details: issues });
  const { maxDurationMs = DEFAULT_MAX_DURATION_MS, queueTtlMs = DEFAULT_QUEUE_TTL_MS } = given(definition.settings);
  const { plan, connections } = steps;
  return {
    definition,
    plan,
    input,
    output,
    defaults: graph?.variables ?? null,
    settings: { maxDurationMs, queueTtlMs },
    privacy,
    connections,
  };
}

function compileSchemaAt(schema: Json | undefined, member: string): Validator | null {
  if (schema === undefined) return null;
  try {
    return compileSchema(schema);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new DefinitionIssue({ path: [member, ...error.path], message: error.message });
  }
}
