import type { PlanEdge } from '#libs/engine';

/** A step as far as its place in the flow goes. */
export interface LinkedStep {
  id: string;
  /** For a step that routes: the steps of each branch, by route. A route without steps goes on after the branches. */
  branches?: Record<string, readonly string[]>;
}

export interface Links {
  /** Step ids in an order in which every step follows those it depends on. */
  order: string[];
  edges: PlanEdge[];
}

/** A mistake in the branches: the step, its route, the position in that route's list, and what is wrong. */
export class LinkError extends Error {
  constructor(
    readonly stepId: string,
    readonly route: string,
    readonly position: number,
    message: string,
  ) {
    super(message);
  }
}

interface Tail {
  from: string;
  when?: string;
}

/**
 * Turns a list of steps into a graph. Steps run one after the other in the order of the list; a step named in a branch of another runs, in
 * list order among its branch, only when that route is taken, and what follows the branching step waits for whichever branch was taken.
 */
export function linkSteps(steps: readonly LinkedStep[]): Links {
  const branchOf = findBranches(steps);
  const byId = new Map(steps.map((step) => [step.id, step]));
  const members = (owner: string | undefined, route: string | undefined) =>
    steps
      .filter(({ id }) => branchOf.get(id)?.owner === owner && branchOf.get(id)?.route === route)
      .map(({ id }) => id);
  const order: string[] = [];
  const edges: PlanEdge[] = [];

  const chain = (ids: string[], entry: Tail[]): Tail[] => {
    let tails = entry;
    for (const id of ids) {
      order.push(id);
      for (const { from, when } of tails) edges.push(when === undefined ? { from, to: id } : { from, to: id, when });
      tails = exits(id);
    }
    return tails;
  };
  const exits = (id: string): Tail[] => {
    const routes = Object.keys(byId.get(id)?.branches ?? {});
    if (routes.length === 0) return [{ from: id }];
    return routes.flatMap((when) => chain(members(id, when), [{ from: id, when }]));
  };
  chain(members(undefined, undefined), []);
  return { order, edges };
}

/** Which route each branch member belongs to; every member must come later than its owner and be in one branch only. */
function findBranches(steps: readonly LinkedStep[]): Map<string, { owner: string; route: string }> {
  const position = new Map(steps.map((step, index) => [step.id, index]));
  const branchOf = new Map<string, { owner: string; route: string }>();
  for (const step of steps) {
    for (const [route, ids] of Object.entries(step.branches ?? {})) {
      ids.forEach((id, index) => {
        const fail = (message: string) => new LinkError(step.id, route, index, message);
        const place = position.get(id);
        if (place === undefined) throw fail(`names the step "${id}", which does not exist`);
        if (place <= (position.get(step.id) ?? 0))
          throw fail(`names the step "${id}", which does not come later in the list`);
        if (branchOf.has(id)) throw fail(`names the step "${id}", which is in another branch already`);
        branchOf.set(id, { owner: step.id, route });
      });
    }
  }
  return branchOf;
}
