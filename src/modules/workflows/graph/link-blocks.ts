import type { PlanEdge } from '#libs/engine';
import type { Path } from '#libs/templates';
import type { EdgeDefinition } from '../definition.js';
import { DefinitionIssue } from '../definition-issue.js';

/** Handles of blocks that do not route. */
const UNROUTED = new Set(['output', 'source', '']);
/** Other words for the routes of a condition; `then` is that of lists of steps. */
const ALIASES: Readonly<Record<string, string>> = { true: 'if', then: 'if', false: 'else' };

/** The routes that edges name, by the block they leave; handles that are none are among them. */
export function followedRoutes(edges: readonly EdgeDefinition[]): Map<string, Set<string>> {
  const followed = new Map<string, Set<string>>();
  for (const { source, sourceHandle = '', condition } of edges) {
    const routes = followed.get(source) ?? new Set();
    followed.set(source, routes.add(condition || sourceHandle));
  }
  return followed;
}

/**
 * The edges of a graph as those of a plan.
 * @param routesOf the routes of a block, none for one that does not route; undefined when there is no such block
 * @throws DefinitionIssue
 */
export function linkBlocks(
  edges: readonly EdgeDefinition[],
  routesOf: (id: string) => readonly string[] | undefined,
): PlanEdge[] {
  const linked = new Map<string, PlanEdge>();
  edges.forEach((edge, index) => {
    const at = (message: string, ...path: Path) =>
      new DefinitionIssue({ path: ['graph', 'edges', index, ...path], message });
    const { source: from, target: to } = edge;
    const routes = routesOf(from);
    if (!routes) throw at(`Edge references a block not in this graph: source "${from}"`, 'source');
    if (!routesOf(to)) throw at(`Edge references a block not in this graph: target "${to}"`, 'target');
    const when = routeOf(edge, routes, at);
    linked.set(JSON.stringify([from, to, when]), when === undefined ? { from, to } : { from, to, when });
  });
  return [...linked.values()];
}

function routeOf(
  { source, sourceHandle = '', condition = null }: EdgeDefinition,
  routes: readonly string[],
  at: (message: string, ...path: Path) => DefinitionIssue,
): string | undefined {
  const [named, member] = condition ? [condition, 'condition'] : [sourceHandle, 'sourceHandle'];
  if (routes.includes(named)) return named;
  const alias = ALIASES[named];
  if (alias !== undefined && routes.includes(alias)) return alias;
  // A handle is where an editor draws the edge; of a block that takes every edge it means nothing.
  if (UNROUTED.has(named) || (routes.length === 0 && member === 'sourceHandle')) return undefined;
  const known = routes.length === 0 ? 'it takes no routes' : `its routes are ${routes.join(', ')}`;
  throw at(`Block "${source}" has no route "${named}"; ${known}`, member);
}
