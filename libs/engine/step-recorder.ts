import type { BlockOutcome, StepError } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import type { PlanNode } from './plan.js';
import type { PlanView } from './plan-view.js';
import type { RunState } from './run-state.js';

type Outcome<Kind extends BlockOutcome['kind']> = BlockOutcome & { kind: Kind };

/** Writes what becomes of one plan's nodes into the journal. */
export class StepRecorder {
  constructor(
    private readonly state: RunState,
    private readonly view: PlanView,
  ) {}

  skipped(node: PlanNode): void {
    this.state.record({ type: 'step.skipped', ...this.when(node) });
  }

  started(node: PlanNode, attempt: number, input: Json): void {
    this.state.record({ type: 'step.started', ...this.when(node), attempt, input });
  }

  completed(node: PlanNode, attempt: number, { kind: _kind, ...result }: Outcome<'done'>): void {
    this.state.record({ type: 'step.completed', ...this.when(node), attempt, ...result });
  }

  /** A step that was asked and goes on waiting as before leaves no trace. */
  waiting(node: PlanNode, attempt: number, outcome: Outcome<'wait'>): void {
    const until = outcome.until?.toISOString() ?? null;
    const record = this.view.find(node);
    const resumes = 'resumes' in outcome;
    if (resumes && record?.status === 'waiting' && record.until === until) return;
    const rest = resumes && { resumes: outcome.resumes };
    this.state.record({
      type: 'step.waiting',
      ...this.when(node),
      attempt,
      until,
      output: outcome.output,
      ...rest,
    });
  }

  /** @param delayMs from now to the next attempt */
  retrying(node: PlanNode, attempt: number, { error, logs }: Outcome<'failed'>, delayMs: number): void {
    const until = new Date(this.state.now().getTime() + delayMs).toISOString();
    this.state.record({
      type: 'step.retrying',
      ...this.when(node),
      attempt,
      error,
      until,
      ...(logs !== undefined && { logs }),
    });
  }

  /** With its fallback, where the run goes on with that. */
  failed(node: PlanNode, attempt: number, { error, logs }: Outcome<'failed'>): void {
    const { onError } = node;
    const rest = onError.strategy === 'continue' ? { output: fallbackOf(onError.fallback, error) } : {};
    const printed = logs !== undefined && { logs };
    this.state.record({ type: 'step.failed', ...this.when(node), attempt, error, ...rest, ...printed });
  }

  private when(node: PlanNode): { at: string; stepId: string } {
    return { at: this.state.at(), stepId: this.view.idOf(node) };
  }
}

const fallbackOf = (fallback: Json | ((error: StepError) => Json), error: StepError): Json =>
  typeof fallback === 'function' ? fallback(error) : fallback;
