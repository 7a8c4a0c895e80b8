import type { Plan, PlanEdge, PlanNode } from './plan.js';

const NONE: readonly PlanEdge[] = [];
const known = new WeakMap<Plan, Links>();

/** A plan's edges by the nodes they join. */
export class Links {
  private readonly nodes = new Map<string, PlanNode>();
  private readonly incoming = new Map<string, PlanEdge[]>();
  private readonly outgoing = new Map<string, PlanEdge[]>();

  /** Plans are immutable, and a nested one is executed once an iteration: made once a plan. */
  static of(plan: Plan): Links {
    const links = known.get(plan) ?? new Links(plan);
    known.set(plan, links);
    return links;
  }

  private constructor({ nodes, edges }: Plan) {
    for (const node of nodes) this.nodes.set(node.id, node);
    for (const edge of edges) {
      append(this.incoming, edge.to, edge);
      append(this.outgoing, edge.from, edge);
    }
  }

  into(id: string): readonly PlanEdge[] {
    return this.incoming.get(id) ?? NONE;
  }

  after(id: string): PlanNode[] {
    return (this.outgoing.get(id) ?? NONE).flatMap(({ to }) => this.nodes.get(to) ?? []);
  }
}

function append(map: Map<string, PlanEdge[]>, id: string, edge: PlanEdge): void {
  const edges = map.get(id);
  if (edges) edges.push(edge);
  else map.set(id, [edge]);
}
