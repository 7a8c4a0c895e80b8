import type { CompiledBlock, NestedSteps, StepError } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import type { RetryPolicy } from '#libs/retry';

/** A block in a plan. */
export interface PlanNode {
  id: string;
  type: string;
  name?: string;
  effect: 'pure' | 'external';
  block: CompiledBlock;
  retry: RetryPolicy;
  /** Limit of one attempt in milliseconds; undefined for none. */
  timeoutMs?: number;
  /** What a step that failed for good means for the run: fail it, or go on with `fallback` as the step's output. */
  onError: { strategy: 'fail' } | { strategy: 'continue'; fallback: Json | ((error: StepError) => Json) };
  /** It is skipped whatever comes before it. */
  disabled?: true;
}

/** `to` may start once `from` has settled; taken when `from` was not skipped and `when` is absent or the route `from` took. */
export interface PlanEdge {
  from: string;
  to: string;
  when?: string;
}

/**
 * What every dialect compiles to: an immutable, acyclic graph. A node starts when all its predecessors have settled and at least one edge
 * into it was taken; otherwise it is skipped, and skipping travels on. Nodes without predecessors start at once.
 */
export interface Plan {
  /** In an order in which every node follows its predecessors. */
  nodes: readonly PlanNode[];
  edges: readonly PlanEdge[];
  /** `pure` when every node is. */
  effect: 'pure' | 'external';
  /** Makes the output of a run. Default: the output of the last completed node. */
  answer?: PlanAnswer;
}

/** The output of a run is what one of these nodes put out, the last completed one in plan order; null where none has completed. */
export interface PlanAnswer {
  nodes: ReadonlySet<string>;
  /** What of the node's output. */
  read: (output: Json) => Json;
}

/** What {@link NestedSteps} are: a plan within a step of another. */
export interface NestedPlan extends NestedSteps {
  plan: Plan;
}

/** Builds a plan; `nodes` must be in topological order and edges must join existing nodes. Violations are bugs of the compiler. */
export function createPlan(nodes: readonly PlanNode[], edges: readonly PlanEdge[], answer?: PlanAnswer): Plan {
  const position = new Map(nodes.map((node, index) => [node.id, index]));
  for (const { from, to } of edges) {
    const start = position.get(from);
    const end = position.get(to);
    if (start === undefined || end === undefined || start >= end)
      throw new Error(`edge ${from} → ${to} is out of order`);
  }
  const effect = nodes.every((node) => node.effect === 'pure') ? 'pure' : 'external';
  return { nodes, edges, effect, ...(answer && { answer }) };
}
