import type { BlockRegistry, BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import { createPlan, type Plan, type PlanNode } from '#libs/engine';
import type { Json, JsonObject } from '#libs/json-guard';
import { compileSchema, SchemaError, type Validator } from '#libs/json-schema';
import { DEFAULT_RETRY } from '#libs/retry';
import { compileCondition, compileTemplate, type Path, TemplateError } from '#libs/templates';
import { type Issue, validationError } from '../../platform/errors/index.js';
import { findIssues } from '../../platform/http/index.js';
import {
  DEFAULT_MAX_DURATION_MS,
  DEFAULT_QUEUE_TTL_MS,
  type StepDefinition,
  type WorkflowDefinition,
  type WorkflowSettings,
} from './definition.js';
import { LinkError, linkSteps, type LinkedStep } from './link-steps.js';

/** A definition, checked and ready to run. Immutable, and shared by all runs of its version. */
export interface CompiledWorkflow {
  plan: Plan;
  input: Validator | null;
  output: Validator | null;
  settings: Required<WorkflowSettings>;
  /** Connections without which its runs are refused. */
  connections: readonly RequiredConnection[];
}

/** A connection that a step needs. */
export interface RequiredConnection {
  provider: string;
  /** Id or name of it, where the step names one. */
  named: string | null;
  stepId: string;
}

/** Default limit of one attempt of an external step. */
const EXTERNAL_TIMEOUT_MS = 30_000;
/** A step with a `retry` that does not say how often is tried this many times. */
const RETRY_ATTEMPTS = 3;
const RESERVED_IDS = ['__proto__', 'constructor', 'prototype'];

/** Carries one thing wrong with a definition up to {@link compileDefinition}. */
class DefinitionIssue extends Error {
  constructor(readonly issue: Issue) {
    super(issue.message);
  }
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
  const compiled = definition.steps.map((step, index) => attempt(() => compileStep(step, index, definition, registry)));
  const plan = issues.length === 0 ? attempt(() => linkPlan(compiled.filter((step) => step !== undefined))) : undefined;
  if (!plan) throw validationError('Invalid workflow configuration', { details: issues });
  const { maxDurationMs = DEFAULT_MAX_DURATION_MS, queueTtlMs = DEFAULT_QUEUE_TTL_MS } = given(definition.settings);
  const connections = compiled.flatMap((step) => step?.connections ?? []);
  return { plan, input, output, settings: { maxDurationMs, queueTtlMs }, connections };
}

/** The members that are given: null means the same as absent. */
const given = <T extends object>(members: T | null | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(members ?? {}).filter(([, value]) => value !== null)) as Partial<T>;

interface CompiledStep {
  index: number;
  node: PlanNode;
  link: LinkedStep;
  /** Steps its templates read, with where. */
  reads: { id: string; path: Path }[];
  connections: RequiredConnection[];
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

function compileStep(
  step: StepDefinition,
  index: number,
  definition: WorkflowDefinition,
  registry: BlockRegistry,
): CompiledStep {
  const at = (message: string, ...path: Path): DefinitionIssue =>
    new DefinitionIssue({ path: ['steps', index, ...path], message: `Step "${step.id}": ${message}` });
  if (RESERVED_IDS.includes(step.id)) throw at('this id is reserved; choose another', 'id');
  const first = definition.steps.findIndex((other) => other.id === step.id);
  if (first !== index) throw at(`the id is used by step ${first + 1} already; ids are unique within a workflow`, 'id');
  const type = registry.find(step.type);
  if (!type) throw at(`unknown type "${step.type}"; known types are ${registry.names.join(', ')}`, 'type');
  const config = step.config ?? {};
  const [issue] = type.config ? findIssues(type.config, config) : [];
  if (issue) throw at(`${issue.path.join('.')} ${issue.message}`, 'config', ...issue.path);
  const reads: CompiledStep['reads'] = [];
  const connections: RequiredConnection[] = [];
  const block = compileBlock(type, config, step, { index, reads, connections, at });
  return { index, node: toNode(step, type, block), link: toLink(step, type, config), reads, connections };
}

interface StepPlace {
  index: number;
  reads: CompiledStep['reads'];
  connections: RequiredConnection[];
  at: (message: string, ...path: Path) => DefinitionIssue;
}

function compileBlock(type: BlockType, config: JsonObject, step: StepDefinition, place: StepPlace): CompiledBlock {
  const note = <T extends { references: readonly (readonly string[])[] }>(compiled: T, at: Path): T => {
    for (const [root, id] of compiled.references) {
      if (root === 'steps' && id !== undefined) place.reads.push({ id, path: ['config', ...at] });
    }
    return compiled;
  };
  const context: CompileContext = {
    path: ['steps', place.index, 'config'],
    template: (value, ...at) => note(compileTemplate(value, at), at),
    condition: (value, ...at) => note(compileCondition(value, at), at),
    steps: () => ({ effect: 'pure' }),
    requireConnection: (provider, named) => void place.connections.push({ provider, named, stepId: step.id }),
    fail: (message, ...at) => {
      throw place.at(message, 'config', ...at);
    },
  };
  try {
    return type.compile(config, context, step as unknown as JsonObject);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const position = error.position === undefined ? '' : ` (at position ${error.position})`;
    throw place.at(`${error.message}${position}`, 'config', ...error.path);
  }
}

function toNode(step: StepDefinition, type: BlockType, block: CompiledBlock): PlanNode {
  const policy = step.retry ?? step.retryConfig;
  const retry = { ...DEFAULT_RETRY, ...type.retry, ...(policy && { maxAttempts: RETRY_ATTEMPTS, ...given(policy) }) };
  const timeoutMs = step.timeoutMs ?? type.timeoutMs ?? (type.effect === 'external' ? EXTERNAL_TIMEOUT_MS : undefined);
  const goesOn = step.onError === 'continue' || step.errorHandling?.strategy === 'continue';
  return {
    id: step.id,
    type: type.type,
    effect: block.effect ?? type.effect,
    block,
    retry,
    onError: goesOn ? { strategy: 'continue', fallback: step.errorHandling?.fallback ?? null } : { strategy: 'fail' },
    ...(step.name && { name: step.name }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function toLink(step: StepDefinition, type: BlockType, config: JsonObject): LinkedStep {
  if (!type.routes) return { id: step.id };
  return {
    id: step.id,
    branches: Object.fromEntries(type.routes.map((route) => [route, (config[route] ?? []) as string[]])),
  };
}

function linkPlan(steps: CompiledStep[]): Plan {
  const byId = new Map(steps.map((step) => [step.node.id, step]));
  const { order, edges } = link(steps, byId);
  const position = new Map(order.map((id, index) => [id, index]));
  for (const { node, reads, index } of steps) {
    const wrong = reads.find(({ id }) => (position.get(id) ?? Infinity) >= (position.get(node.id) ?? 0));
    if (!wrong) continue;
    const why = wrong.id === node.id ? 'itself' : position.has(wrong.id) ? 'which runs later' : 'which does not exist';
    const message = `Step "${node.id}": refers to step "${wrong.id}", ${why}; only earlier steps have an output`;
    throw new DefinitionIssue({ path: ['steps', index, ...wrong.path], message });
  }
  return createPlan(
    order.map((id) => byId.get(id)?.node).filter((node) => node !== undefined),
    edges,
  );
}

function link(steps: CompiledStep[], byId: Map<string, CompiledStep>): ReturnType<typeof linkSteps> {
  try {
    return linkSteps(steps.map((step) => step.link));
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    const path = ['steps', byId.get(error.stepId)?.index ?? 0, 'config', error.route, error.position];
    throw new DefinitionIssue({ path, message: `Step "${error.stepId}": ${error.route} ${error.message}` });
  }
}
