import type { BlockRegistry, BlockType } from '#libs/block-kit';
import { createPlan, type NestedPlan, type Plan, type PlanNode } from '#libs/engine';
import type { Json, JsonObject } from '#libs/json-guard';
import type { Path } from '#libs/templates';
import { findIssues } from '../../platform/http/index.js';
import { type BlockPlace, compileBlock, type RequiredConnection, toNode } from './compile-block.js';
import type { StepDefinition } from './definition.js';
import { DefinitionIssue } from './definition-issue.js';
import { StepDto } from './dto/step.dto.js';
import { LinkError, linkSteps, type LinkedStep } from './link-steps.js';

/** Steps ready to run. */
export interface CompiledSteps {
  plan: Plan;
  connections: readonly RequiredConnection[];
}

export const RESERVED_IDS = ['__proto__', 'constructor', 'prototype'];
/** How deep steps may hold steps. */
const DEEPEST_NESTING = 5;
/** Steps that one step may hold. */
const MOST_NESTED = 100;

/** Where a list of steps stands. */
export interface Frame {
  registry: BlockRegistry;
  steps: readonly StepDefinition[];
  /** In the definition: `['steps']`, `['steps', 2, 'config', 'steps']`. */
  path: Path;
  /** Names that templates may read besides the roots. */
  names: readonly string[];
  /** Ids of the steps around this list. */
  around: ReadonlySet<string>;
  depth: number;
}

interface CompiledStep {
  index: number;
  node: PlanNode;
  link: LinkedStep;
  /** Steps its templates read, with where. */
  reads: { id: string; path: Path }[];
  connections: RequiredConnection[];
}

/**
 * Compiles a workflow's steps whose shape has been validated.
 * @param attempt collects a {@link DefinitionIssue} of the work and answers undefined for it
 */
export function compileSteps(
  steps: readonly StepDefinition[],
  registry: BlockRegistry,
  attempt: <T>(work: () => T) => T | undefined,
): CompiledSteps | undefined {
  const frame: Frame = { registry, steps, path: ['steps'], names: [], around: new Set(), depth: 0 };
  const compiled = steps.flatMap((step, index) => attempt(() => compileStep(step, index, frame)) ?? []);
  if (compiled.length < steps.length) return undefined;
  const plan = attempt(() => linkPlan(compiled, frame).plan);
  return plan && { plan, connections: compiled.flatMap(({ connections }) => connections) };
}

function compileStep(step: StepDefinition, index: number, frame: Frame): CompiledStep {
  const { registry, steps, path: base, around } = frame;
  const at = (message: string, ...path: Path): DefinitionIssue =>
    new DefinitionIssue({ path: [...base, index, ...path], message: `Step "${step.id}": ${message}` });
  if (RESERVED_IDS.includes(step.id)) throw at('this id is reserved; choose another', 'id');
  const first = steps.findIndex((other) => other.id === step.id);
  if (first !== index) throw at(`the id is used by step ${first + 1} already; ids are unique within a workflow`, 'id');
  if (around.has(step.id)) throw at('the id is used by a step around this one; ids are unique within a workflow', 'id');
  const type = registry.find(step.type);
  if (!type) throw at(`unknown type "${step.type}"; known types are ${registry.names.join(', ')}`, 'type');
  const config = step.config ?? {};
  const [issue] = type.config ? findIssues(type.config, config) : [];
  if (issue) throw at(`${issue.path.join('.')} ${issue.message}`, 'config', ...issue.path);
  const place: BlockPlace = {
    stepId: step.id,
    path: [...base, index, 'config'],
    names: frame.names,
    reads: [],
    connections: [],
    at,
    nest: (value, names, path) => compileNested(value, names, path, place, frame),
  };
  const block = compileBlock((context) => type.compile(config, context, step as unknown as JsonObject), place);
  const goesOn = step.onError === 'continue' || step.errorHandling?.strategy === 'continue';
  const node = toNode(
    { ...step, retry: step.retry ?? step.retryConfig },
    type,
    block,
    goesOn ? { strategy: 'continue', fallback: step.errorHandling?.fallback ?? null } : { strategy: 'fail' },
  );
  const { reads, connections } = place;
  return { index, node, link: toLink(step, type, config), reads, connections };
}

/**
 * Steps that the one at `place` holds at `at` of its configuration. What they read of the steps around is checked there.
 * @param frame the list, or the graph, that `place` is in
 */
export function compileNested(
  value: Json,
  names: readonly string[],
  at: Path,
  place: BlockPlace,
  frame: Frame,
): NestedPlan {
  const path = [...place.path, ...at];
  const depth = frame.depth + 1;
  if (depth > DEEPEST_NESTING)
    throw place.at(`steps hold steps more than ${DEEPEST_NESTING} levels deep`, 'config', ...at);
  const around = new Set([...frame.around, ...frame.steps.map(({ id }) => id)]);
  const nested: Frame = {
    registry: frame.registry,
    steps: toSteps(value, at, place),
    path,
    names: [...frame.names, ...names],
    around,
    depth,
  };
  const compiled = nested.steps.map((inner, position) => compileStep(inner, position, nested));
  const { plan, outer } = linkPlan(compiled, nested);
  place.reads.push(...outer.map((id) => ({ id, path: ['config', ...at] })));
  place.connections.push(...compiled.flatMap(({ connections }) => connections));
  return { plan, effect: plan.effect };
}

function toSteps(value: Json, at: Path, place: BlockPlace): StepDefinition[] {
  if (!Array.isArray(value) || value.length === 0)
    throw place.at('must be a list of at least one step', 'config', ...at);
  if (value.length > MOST_NESTED) throw place.at(`has more than ${MOST_NESTED} steps`, 'config', ...at);
  value.forEach((step, position) => {
    const [issue] = findIssues(StepDto, step);
    if (issue) throw place.at(`${issue.path.join('.')} ${issue.message}`, 'config', ...at, position, ...issue.path);
  });
  return value as unknown as StepDefinition[];
}

function toLink(step: StepDefinition, type: BlockType, config: JsonObject): LinkedStep {
  if (!type.routes) return { id: step.id };
  return {
    id: step.id,
    branches: Object.fromEntries(type.routes.map((route) => [route, (config[route] ?? []) as string[]])),
  };
}

/** @returns the plan, and which steps around it its templates read */
function linkPlan(steps: CompiledStep[], frame: Frame): { plan: Plan; outer: string[] } {
  const byId = new Map(steps.map((step) => [step.node.id, step]));
  const { order, edges } = link(steps, byId, frame);
  const position = new Map(order.map((id, index) => [id, index]));
  const isOuter = (id: string) => frame.around.has(id);
  for (const { node, reads, index } of steps) {
    const wrong = reads.find(
      ({ id }) => !isOuter(id) && (position.get(id) ?? Infinity) >= (position.get(node.id) ?? 0),
    );
    if (!wrong) continue;
    const why = wrong.id === node.id ? 'itself' : position.has(wrong.id) ? 'which runs later' : 'which does not exist';
    const message = `Step "${node.id}": refers to step "${wrong.id}", ${why}; only earlier steps have an output`;
    throw new DefinitionIssue({ path: [...frame.path, index, ...wrong.path], message });
  }
  const nodes = order.map((id) => byId.get(id)?.node).filter((node) => node !== undefined);
  const outer = steps.flatMap(({ reads }) => reads.filter(({ id }) => isOuter(id)).map(({ id }) => id));
  return { plan: createPlan(nodes, edges), outer };
}

function link(steps: CompiledStep[], byId: Map<string, CompiledStep>, frame: Frame): ReturnType<typeof linkSteps> {
  try {
    return linkSteps(steps.map((step) => step.link));
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    const path = [...frame.path, byId.get(error.stepId)?.index ?? 0, 'config', error.route, error.position];
    throw new DefinitionIssue({ path, message: `Step "${error.stepId}": ${error.route} ${error.message}` });
  }
}
