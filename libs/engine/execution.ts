import { setMaxListeners } from 'node:events';
import type { BlockOutcome, NestedOutcome, NestedSteps, Resumption, StepError } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import { abortableDelay } from './abortable-delay.js';
import { runAttempt } from './attempt.js';
import type { StepRecord } from './journal.js';
import { Parking } from './parking.js';
import type { NestedPlan, Plan, PlanNode } from './plan.js';
import { type Frame, PlanView } from './plan-view.js';
import { retryDecision } from './retry-step.js';
import type { RunState } from './run-state.js';
import { StepRecorder } from './step-recorder.js';

/** How the execution of a plan ended, for now (`waiting`) or for good. */
export type PlanOutcome =
  | { status: 'completed'; output: Json }
  | { status: 'failed'; error: StepError & { step: string } }
  /** Nothing can go on before `until`; null: before something comes from outside. */
  | { status: 'waiting'; until: Date | null }
  /** The signal was aborted; its reason is the caller's. */
  | { status: 'aborted' };

/** A retry that is due within this many milliseconds is waited for in the process; a later one parks the run. */
const IN_PROCESS_DELAY_MS = 2_000;

type NodeState = 'pending' | 'running' | 'parked' | 'settled';

/** One execution of a run's plan, or of a plan nested in a step. */
export class Execution {
  private readonly view: PlanView;
  private readonly states = new Map<string, NodeState>();
  private readonly records: StepRecorder;
  private readonly parking: Parking;
  private readonly stop = new AbortController();
  private running = 0;
  private ended: PlanOutcome | undefined;
  private broken: unknown;
  private finish: (() => void) | undefined;

  constructor(
    private readonly state: RunState,
    private readonly plan: Plan,
    private readonly signal: AbortSignal,
    private readonly nested?: { frame: Frame; root: Execution },
  ) {
    this.view = new PlanView(state, plan, nested?.frame);
    this.records = new StepRecorder(state, this.view);
    this.parking = new Parking(this.view, state.now, () => this.unpark(false));
    for (const node of plan.nodes) this.states.set(node.id, 'pending');
    // Every step that runs listens, and every iteration of a loop.
    setMaxListeners(0, this.stop.signal, signal);
  }

  async execute(): Promise<PlanOutcome> {
    const abort = () => this.halt({ status: 'aborted' });
    if (this.signal.aborted) return { status: 'aborted' };
    this.signal.addEventListener('abort', abort, { once: true });
    const unsubscribe = this.state.onWake(() => this.unpark(true));
    try {
      const idle = new Promise<void>((resolve) => (this.finish = resolve));
      for (const node of this.plan.nodes) this.restore(node);
      for (const node of this.plan.nodes) this.consider(node);
      this.unpark(true);
      this.checkIdle();
      await idle;
    } finally {
      this.parking.close();
      unsubscribe();
      this.signal.removeEventListener('abort', abort);
    }
    if (this.broken !== undefined) throw this.broken;
    return this.ended ?? this.settled();
  }

  /** Takes over what the journal says of a node. A step that was running when its worker died is started again. */
  private restore(node: PlanNode): void {
    const record = this.view.find(node);
    if (!record || record.status === 'running' || this.ended) return;
    if (record.status === 'waiting' || record.status === 'retrying') {
      if (record.resumes || !this.parking.isDue(node)) this.setState(node, 'parked');
      else if (record.status === 'waiting') this.complete(node, record);
      return;
    }
    this.setState(node, 'settled');
    if (record.ends) this.end(record.output);
    if (record.status === 'failed' && !record.continued && record.error) this.fail(node, record.error);
  }

  /** Starts or skips a node if all its predecessors have settled. */
  private consider(node: PlanNode): void {
    if (this.ended || this.states.get(node.id) !== 'pending') return;
    const edges = this.view.links.into(node.id);
    if (!edges.every((edge) => this.states.get(edge.from) === 'settled')) return;
    const isReached = edges.length === 0 || edges.some((edge) => this.view.isTaken(edge));
    if (isReached && !node.disabled) {
      this.start(node, false);
    } else {
      this.records.skipped(node);
      this.settle(node);
    }
  }

  /** @param asked the node is parked, and its block is asked what became of it */
  private start(node: PlanNode, asked: boolean): void {
    this.setState(node, 'running');
    this.running++;
    this.state.activity.enter();
    void this.work(node, asked);
  }

  /** Runs a node's attempts until it settles, parks, or the run ends. Never rejects. */
  private async work(node: PlanNode, parked: boolean): Promise<void> {
    try {
      let asked = parked;
      let attempt = (this.view.find(node)?.attempt ?? 0) + (asked ? 0 : 1);
      while (!this.ended && this.states.get(node.id) === 'running') {
        const { wakes } = this.state;
        const outcome = await this.attempt(node, attempt, asked);
        if (this.ended) {
          // It happened, so it must not happen again should the run go on: after a retry, or on another worker.
          if (outcome.kind === 'done' && node.effect === 'external') this.records.completed(node, attempt, outcome);
          break;
        }
        await this.conclude(node, attempt, outcome);
        asked = outcome.kind === 'wait';
        if (!asked) attempt++;
        else if ('resumes' in outcome && wakes !== this.state.wakes) this.setState(node, 'running');
      }
    } catch (error) {
      this.broken ??= error;
      this.halt({ status: 'aborted' });
    } finally {
      this.running--;
      this.state.activity.leave();
      this.checkIdle();
    }
  }

  private attempt(node: PlanNode, attempt: number, asked: boolean): Promise<BlockOutcome> {
    const stepId = this.view.idOf(node);
    const record = this.view.find(node);
    const { organizationId, runId, connectionId = null } = this.state.run;
    const repeats = asked || (node.block.keepsInput && record?.status === 'running');
    return runAttempt({
      node,
      stepId,
      attempt,
      organizationId,
      runId,
      connectionId,
      scope: this.view.scope(),
      upstream: this.view.upstream(node),
      ...(asked && record && { resumption: this.resumptionOf(record) }),
      ...(repeats && { recorded: record?.input }),
      children: this.state.children(stepId),
      execute: this.nest(stepId),
      storage: this.state.storage,
      signal: this.stop.signal,
      now: this.state.now,
      started: (input) => this.records.started(node, attempt, input),
      onBug: (error) => this.state.run.onBug?.(error, stepId),
    });
  }

  private resumptionOf(record: StepRecord): Resumption {
    const signal = this.state.run.signals?.get(record.id) ?? null;
    const until = typeof record.until === 'string' ? new Date(record.until) : null;
    return { signal, parked: record.output, until };
  }

  /** A step counts as under way itself, or else the steps it holds do. */
  private nest(stepId: string) {
    let open = 0;
    const { activity } = this.state;
    return async (
      steps: NestedSteps,
      index: number,
      names: Record<string, Json>,
      signal: AbortSignal,
    ): Promise<NestedOutcome> => {
      if (open++ === 0) activity.leave();
      try {
        const frame = {
          prefix: `${stepId}[${index}].`,
          names: { ...this.nested?.frame.names, ...names },
          outputs: this.view.outputs,
        };
        const nested = { frame, root: this.nested?.root ?? this };
        return await new Execution(this.state, (steps as NestedPlan).plan, signal, nested).execute();
      } finally {
        if (--open === 0) activity.enter();
      }
    };
  }

  private async conclude(node: PlanNode, attempt: number, outcome: BlockOutcome): Promise<void> {
    if (outcome.kind === 'wait') {
      this.records.waiting(node, attempt, outcome);
      this.setState(node, 'parked');
    } else if (outcome.kind === 'done') {
      this.records.completed(node, attempt, outcome);
      if (node.effect === 'external') await this.state.run.journal.commit();
      if (outcome.ends) this.end(outcome.output);
      this.settle(node);
    } else {
      await this.concludeFailure(node, attempt, outcome);
    }
  }

  private async concludeFailure(
    node: PlanNode,
    attempt: number,
    outcome: BlockOutcome & { kind: 'failed' },
  ): Promise<void> {
    const { error } = outcome;
    const delayMs = retryDecision(node.retry, attempt, outcome);
    if (delayMs !== undefined) {
      this.records.retrying(node, attempt, outcome, delayMs);
      if (delayMs > IN_PROCESS_DELAY_MS) this.setState(node, 'parked');
      else await abortableDelay(delayMs, this.stop.signal);
      return;
    }
    const goesOn = node.onError.strategy === 'continue';
    this.records.failed(node, attempt, outcome);
    if (node.effect === 'external' && goesOn) await this.state.run.journal.commit();
    if (!goesOn) this.fail(node, error);
    this.settle(node);
  }

  private setState(node: PlanNode, state: NodeState): void {
    this.states.set(node.id, state);
    if (state === 'parked') this.parking.add(node);
    else this.parking.delete(node);
  }

  /** Parked steps whose time has come go on. @param news perhaps also those that something outside ends */
  private unpark(news: boolean): void {
    for (const node of this.parking.list()) {
      const record = this.view.find(node);
      if (this.ended || !record) break;
      const isDue = this.parking.isDue(node);
      if (record.status === 'waiting' && record.resumes) {
        if (news || isDue) this.start(node, true);
      } else if (isDue && record.status === 'waiting') {
        this.complete(node, record);
        this.settle(node);
      } else if (isDue) {
        this.setState(node, 'pending');
        this.consider(node);
      }
    }
  }

  private complete(node: PlanNode, { attempt, output }: StepRecord): void {
    this.records.completed(node, attempt, { kind: 'done', output });
    this.setState(node, 'settled');
    this.view.publish(node);
  }

  private settle(node: PlanNode): void {
    this.setState(node, 'settled');
    this.view.publish(node);
    for (const next of this.view.links.after(node.id)) this.consider(next);
  }

  /** Ends the whole run, from however deep. */
  private end(output: Json): void {
    (this.nested?.root ?? this).halt({ status: 'completed', output });
  }

  private fail(node: PlanNode, error: StepError): void {
    const step = this.view.idOf(node);
    const label = node.name === undefined ? step : `${node.name} (${step})`;
    this.halt({
      status: 'failed',
      error: { code: 'STEP_ERROR', message: `Step ${label} failed: ${error.message}`, step },
    });
  }

  /** The first reason to end is the one that counts; whatever still runs is told to stop. */
  private halt(outcome: PlanOutcome): void {
    if (this.ended) return;
    this.ended = outcome;
    this.parking.close();
    this.stop.abort();
    this.checkIdle();
  }

  /** With steps parked and nothing under way here, it lasts as long as the rest of the run is busy. */
  private checkIdle(): void {
    if (this.running > 0) return;
    if (this.ended || this.parking.isEmpty) this.finish?.();
    else this.state.activity.whenIdle(() => this.running === 0 && this.finish?.());
  }

  private settled(): PlanOutcome {
    if (!this.parking.isEmpty) return { status: 'waiting', until: this.parking.earliest() };
    return { status: 'completed', output: this.view.lastOutput() };
  }
}
