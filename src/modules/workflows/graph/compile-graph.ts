import type { BlockRegistry, BlockType, CompileContext, CompiledBlock } from '#libs/block-kit';
import { createPlan, type Plan, type PlanEdge, type PlanNode } from '#libs/engine';
import type { JsonObject } from '#libs/json-guard';
import { type Aliases, type Path, ROOTS, translateBlockReferences } from '#libs/templates';
import { findIssues } from '../../../platform/http/index.js';
import { type BlockPlace, compileBlock, toNode } from '../compile-block.js';
import { type CompiledSteps, compileNested, type Frame, RESERVED_IDS } from '../compile-steps.js';
import type { BlockDefinition, GraphDefinition } from '../definition.js';
import { DefinitionIssue } from '../definition-issue.js';
import { takeMembers } from './block-members.js';
import { asGraphBlock, outputOf } from './graph-block.js';
import { followedRoutes, linkBlocks } from './link-blocks.js';
import { CycleError, orderBlocks, precedence } from './order-blocks.js';

/** Ids stand in references and in the ids of steps that loops hold: nothing that divides either. */
const ID = /^[\p{L}\p{N}_:@/ -]{1,100}$/u;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

interface CompiledGraphBlock {
  index: number;
  node: PlanNode;
  reads: BlockPlace['reads'];
  connections: BlockPlace['connections'];
}

/** What compiling one block needs of the graph. */
interface GraphFrame {
  registry: BlockRegistry;
  blocks: readonly BlockDefinition[];
  /** Id of the block with this id, or else this name. */
  find: (name: string) => string | undefined;
  aliases: Aliases;
  /** Ids of blocks with others before them. */
  followers: ReadonlySet<string>;
  /** Routes that edges name, by the block they leave. */
  followed: ReadonlyMap<string, ReadonlySet<string>>;
  nested: Frame;
}

/**
 * Compiles a graph whose shape has been validated (contracts/decisions §7). A step's output is the data of its block, `{output, …}`.
 * @param attempt collects a {@link DefinitionIssue} of the work and answers undefined for it
 */
export function compileGraph(
  graph: GraphDefinition,
  registry: BlockRegistry,
  attempt: <T>(work: () => T) => T | undefined,
): CompiledSteps | undefined {
  const { blocks } = graph;
  const frame = frameOf(graph, registry);
  const compiled = blocks.flatMap((block, index) => attempt(() => compileOne(block, index, frame)) ?? []);
  // What does not compile may have any number of routes.
  if (compiled.length < blocks.length) return undefined;
  const edges = attempt(() => linkBlocks(graph.edges, routesIn(blocks, registry)));
  if (!edges) return undefined;
  const plan = attempt(() => link(compiled, edges, registry));
  return plan && { plan, connections: compiled.flatMap(({ connections }) => connections) };
}

function frameOf({ blocks, edges }: GraphDefinition, registry: BlockRegistry): GraphFrame {
  const ids = blocks.map(({ id }) => id);
  const names = new Map(blocks.flatMap(({ id, name }) => (name ? [[name, id] as const] : [])));
  for (const id of ids) names.set(id, id);
  const aliases = ids.filter((id) => IDENTIFIER.test(id) && !ROOTS.has(id)).map((id) => [id, ['steps', id, 'output']]);
  return {
    registry,
    blocks,
    find: (name) => names.get(name),
    aliases: new Map(aliases as [string, Path][]),
    followers: new Set(edges.map(({ target }) => target)),
    followed: followedRoutes(edges),
    nested: { registry, steps: [], path: [], names: [], around: new Set(ids), depth: 0 },
  };
}

function compileOne(block: BlockDefinition, index: number, frame: GraphFrame): CompiledGraphBlock {
  const at = (message: string, ...path: Path): DefinitionIssue =>
    new DefinitionIssue({ path: ['graph', 'blocks', index, ...path], message: `Block "${block.id}": ${message}` });
  checkId(block.id, index, frame, at);
  const type = frame.registry.find(block.type);
  if (!type) {
    const path = ['graph', 'blocks', index, 'type'];
    throw new DefinitionIssue({ path, message: `Unknown block type: ${block.type}` });
  }
  const place: BlockPlace = {
    stepId: block.id,
    path: ['graph', 'blocks', index, 'config'],
    names: [],
    aliases: frame.aliases,
    reads: [],
    connections: [],
    at,
    nest: (value, names, path) => compileNested(value, names, path, place, frame.nested),
  };
  const { own, continues, timeoutMs, retry } = takeMembers(block.config ?? {}, (message, ...path) => {
    throw at(message, 'config', ...path);
  });
  const inner = compileBlock((context) => compileAs(type, block, translated(own, type, frame), frame, context), place);
  const compiled = asGraphBlock(inner, type.graph, frame.followers.has(block.id));
  const onError: PlanNode['onError'] = continues
    ? { strategy: 'continue', fallback: ({ message }) => ({ output: null, error: message }) }
    : { strategy: 'fail' };
  const source = { id: block.id, retry, ...(block.name && { name: block.name }), ...(timeoutMs && { timeoutMs }) };
  const node = toNode(source, type, compiled, onError);
  const { reads, connections } = place;
  return { index, node: block.enabled === false ? { ...node, disabled: true } : node, reads, connections };
}

function checkId(
  id: string,
  index: number,
  { blocks }: GraphFrame,
  at: (message: string, ...path: Path) => DefinitionIssue,
): void {
  if (!ID.test(id)) throw at('the id must be 1 to 100 letters, digits, spaces, "-", "_", ":", "/" or "@"', 'id');
  if (RESERVED_IDS.includes(id)) throw at('this id is reserved; choose another', 'id');
  const first = blocks.findIndex((other) => other.id === id);
  if (first !== index) throw at(`the id is used by block ${first + 1} already; ids are unique within a graph`, 'id');
}

/** The configuration with references to other blocks written as templates. */
function translated(config: JsonObject, { graph }: BlockType, { find }: GraphFrame): JsonObject {
  const kept = Object.entries(config).filter(([member]) => graph?.verbatim?.includes(member));
  return { ...(translateBlockReferences(config, find) as JsonObject), ...Object.fromEntries(kept) };
}

/** Members that the type does not know are an editor's own. */
function compileAs(
  type: BlockType,
  { id, name }: BlockDefinition,
  given: JsonObject,
  { followed }: GraphFrame,
  context: CompileContext,
): CompiledBlock {
  const { graph } = type;
  const mapped = graph?.toConfig?.(given, context, followed.get(id) ?? new Set()) ?? given;
  const rules = graph?.compile ? graph.config : type.config;
  const issues = rules ? findIssues(rules, mapped) : [];
  const unknown = issues.filter(({ path, message }) => path.length === 1 && message === UNKNOWN_FIELD);
  const [issue] = issues.filter((found) => !unknown.includes(found));
  if (issue) context.fail(`${issue.path.join('.')} ${issue.message}`, ...issue.path);
  const foreign = new Set(unknown.map(({ path }) => String(path[0])));
  const config = Object.fromEntries(Object.entries(mapped).filter(([member]) => !foreign.has(member)));
  if (graph?.compile) return graph.compile(config, context);
  return type.compile(config, context, { id, type: type.type, config, ...(name && { name }) });
}

/** What {@link findIssues} says of a member that no rule is about. */
const UNKNOWN_FIELD = 'is not a known field';

function routesIn(
  blocks: readonly BlockDefinition[],
  registry: BlockRegistry,
): (id: string) => readonly string[] | undefined {
  const routes = new Map(
    blocks.map(({ id, type, config = {} }) => {
      const found = registry.find(type);
      return [id, found?.graph?.routes?.(config) ?? found?.routes ?? []];
    }),
  );
  return (id) => routes.get(id);
}

function link(compiled: readonly CompiledGraphBlock[], edges: readonly PlanEdge[], registry: BlockRegistry): Plan {
  const byId = new Map(compiled.map((block) => [block.node.id, block]));
  const order = inOrder([...byId.keys()], edges);
  const precedes = precedence(order, edges);
  for (const { node, index, reads } of compiled) {
    const wrong = reads.find(({ id }) => !precedes(id, node.id));
    if (!wrong) continue;
    const why = byId.has(wrong.id) ? 'which does not run before it' : 'which does not exist';
    const message = `Block "${node.id}": refers to block "${wrong.id}", ${why}`;
    throw new DefinitionIssue({ path: ['graph', 'blocks', index, ...wrong.path], message });
  }
  const nodes = order.flatMap((id) => byId.get(id)?.node ?? []);
  const answering = nodes.filter(({ type }) => registry.find(type)?.graph?.answers);
  return createPlan(nodes, edges, { nodes: new Set(answering.map(({ id }) => id)), read: outputOf });
}

function inOrder(ids: readonly string[], edges: readonly PlanEdge[]): string[] {
  try {
    return orderBlocks(ids, edges);
  } catch (error) {
    if (!(error instanceof CycleError)) throw error;
    throw new DefinitionIssue({ path: ['graph', 'edges'], message: error.message });
  }
}
