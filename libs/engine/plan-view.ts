import type { Json } from '#libs/json-guard';
import type { Scope } from '#libs/templates';
import type { StepRecord } from './journal.js';
import { Links } from './links.js';
import type { Plan, PlanEdge, PlanNode } from './plan.js';
import type { RunState } from './run-state.js';

/** Where a nested plan stands in its run. */
export interface Frame {
  /** What the ids of its steps begin with. */
  prefix: string;
  /** What its templates may read besides. */
  names: Record<string, Json>;
  /** Outputs of the steps around it that its templates may read. */
  outputs: Scope['steps'];
}

/** What the journal says of one plan's nodes, and what each of them may see. */
export class PlanView {
  readonly links: Links;
  readonly outputs: Scope['steps'];

  constructor(
    private readonly state: RunState,
    private readonly plan: Plan,
    readonly frame?: Frame,
  ) {
    this.links = Links.of(plan);
    this.outputs = { ...frame?.outputs };
    for (const node of plan.nodes) this.publish(node);
  }

  idOf(node: PlanNode): string {
    return this.frame ? this.frame.prefix + node.id : node.id;
  }

  find(node: PlanNode): StepRecord | undefined {
    return this.state.find(this.idOf(node));
  }

  isTaken(edge: PlanEdge): boolean {
    const record = this.state.find(this.frame ? this.frame.prefix + edge.from : edge.from);
    if (!record || record.status === 'skipped') return false;
    return edge.when === undefined || edge.when === record.route;
  }

  /** Makes the output of a step that has one visible to the steps that follow. */
  publish(node: PlanNode): void {
    const record = this.find(node);
    if (record?.status === 'completed' || record?.continued) this.outputs[node.id] = { output: record.output };
  }

  upstream(node: PlanNode): Json {
    const taken = this.links.into(node.id).filter((edge) => this.isTaken(edge));
    if (taken.length === 0) return this.frame ? (this.frame.names['item'] ?? null) : this.state.run.input;
    const from = new Set(taken.map((edge) => edge.from));
    const last = this.plan.nodes.findLast(({ id }) => from.has(id));
    return (last && this.find(last)?.output) ?? null;
  }

  lastOutput(): Json {
    const { nodes, answer } = this.plan;
    const candidates = answer ? nodes.filter(({ id }) => answer.nodes.has(id)) : nodes;
    const records = candidates.map((node) => this.find(node));
    const last = records.findLast((record) => record && record.status !== 'skipped');
    return last && answer ? answer.read(last.output) : (last?.output ?? null);
  }

  scope(): Scope {
    const { input, variables: initial, runId, connection, progress } = this.state.run;
    return {
      input,
      variables: initial ? { ...initial, ...progress.variables } : progress.variables,
      steps: this.outputs,
      run: { id: runId },
      runId,
      now: this.state.at(),
      ...(connection !== undefined && { connection }),
      ...(this.frame && { ...this.frame.names, names: this.frame.names }),
    };
  }
}
