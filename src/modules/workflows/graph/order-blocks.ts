import type { PlanEdge } from '#libs/engine';

/** Blocks that wait for each other: the first again at the end. */
export class CycleError extends Error {
  constructor(readonly cycle: readonly string[]) {
    super(`Workflow graph contains a cycle: ${cycle.join(' → ')}`);
  }
}

/**
 * The ids in an order in which every block follows its predecessors; where that leaves a choice, as they are given.
 * @throws CycleError
 */
export function orderBlocks(ids: readonly string[], edges: readonly PlanEdge[]): string[] {
  const after = groupBy(edges, 'from');
  const open = new Map(ids.map((id) => [id, 0]));
  for (const { to } of edges) open.set(to, (open.get(to) ?? 0) + 1);
  const order = ids.filter((id) => open.get(id) === 0);
  for (const id of order) {
    for (const { to } of after.get(id) ?? []) {
      const left = (open.get(to) ?? 0) - 1;
      open.set(to, left);
      if (left === 0) order.push(to);
    }
  }
  if (order.length === ids.length) return order;
  throw new CycleError(findCycle(new Set(ids.filter((id) => (open.get(id) ?? 0) > 0)), edges));
}

/** Every block that is left waits for another one that is left: walking back from any of them comes round. */
function findCycle(left: ReadonlySet<string>, edges: readonly PlanEdge[]): string[] {
  const before = groupBy(
    edges.filter(({ from, to }) => left.has(from) && left.has(to)),
    'to',
  );
  const walked: string[] = [];
  let [id = ''] = left;
  while (!walked.includes(id)) {
    walked.push(id);
    id = before.get(id)?.[0]?.from ?? '';
  }
  return [...walked.slice(walked.indexOf(id)), id].reverse();
}

/**
 * Whether a block runs before another, directly or not: a bit for every pair, so that a long chain costs no more than a wide graph.
 * @param order as of {@link orderBlocks}
 */
export function precedence(
  order: readonly string[],
  edges: readonly PlanEdge[],
): (before: string, id: string) => boolean {
  const position = new Map(order.map((id, index) => [id, index]));
  const words = Math.ceil(order.length / 32);
  const bits = order.map(() => new Uint32Array(words));
  const incoming = groupBy(edges, 'to');
  order.forEach((id, index) => {
    const own = bits[index];
    for (const { from } of incoming.get(id) ?? []) {
      const at = position.get(from) ?? 0;
      bits[at]?.forEach((word, place) => own && (own[place] = (own[place] ?? 0) | word));
      if (own) own[at >> 5] = (own[at >> 5] ?? 0) | (1 << (at & 31));
    }
  });
  return (before, id) => {
    const [at, own] = [position.get(before), bits[position.get(id) ?? -1]];
    return at !== undefined && own !== undefined && ((own[at >> 5] ?? 0) & (1 << (at & 31))) !== 0;
  };
}

function groupBy(edges: readonly PlanEdge[], end: 'from' | 'to'): Map<string, PlanEdge[]> {
  const groups = new Map<string, PlanEdge[]>();
  for (const edge of edges) {
    const group = groups.get(edge[end]);
    if (group) group.push(edge);
    else groups.set(edge[end], [edge]);
  }
  return groups;
}
