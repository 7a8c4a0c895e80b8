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

/** For each block those that run before it, directly or not; worked out when asked. */
export function predecessorsOf(edges: readonly PlanEdge[]): (id: string) => ReadonlySet<string> {
  const before = groupBy(edges, 'to');
  const known = new Map<string, ReadonlySet<string>>();
  return (id) => {
    const found = known.get(id) ?? new Set(walkBack(id, before));
    known.set(id, found);
    return found;
  };
}

function walkBack(id: string, before: ReadonlyMap<string, readonly PlanEdge[]>): Set<string> {
  const seen = new Set<string>();
  const queue = [id];
  for (const next of queue) {
    for (const { from } of before.get(next) ?? []) {
      if (seen.has(from)) continue;
      seen.add(from);
      queue.push(from);
    }
  }
  return seen;
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
