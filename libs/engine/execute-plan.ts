import type { BlockOutcome, StepError } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import type { Scope } from '#libs/templates';
import { abortableDelay } from './abortable-delay.js';
import { runAttempt } from './attempt.js';
import { type Journal, type Progress, type StepEvent, applyEvent } from './journal.js';
import type { Plan, PlanEdge, PlanNode } from './plan.js';
import { retryDecision } from './retry-step.js';
import { Storage } from './storable.js';

/** How the execution of a plan ended, for now (`waiting`) or for good. */
export type PlanOutcome =
  | { status: 'completed'; output: Json }
  | { status: 'failed'; error: StepError & { step: string } }
  /** Nothing can go on before `until`. */
  | { status: 'waiting'; until: Date }
  /** The signal was aborted; its reason is the caller's. */
  | { status: 'aborted' };

export interface PlanRun {
  plan: Plan;
  organizationId: string;
  runId: string;
  input: Json;
  /** The connection that the run's caller chose; default none. */
  connectionId?: string | null;
  connection?: Json;
  /** Where the run stands: empty for a new one, else the fold of its journal. Changed in place. */
  progress: Progress;
  journal: Journal;
  signal: AbortSignal;
  /** Time source; the default is the system's. */
  now?: () => Date;
  /** Told of exceptions, which are bugs of a block; the step fails with `INTERNAL`. */
  onBug?: (error: unknown, stepId: string) => void;
}

/** A retry that is due within this many milliseconds is waited for in the process; a later one parks the run. */
const IN_PROCESS_DELAY_MS = 2_000;

/**
 * Executes a plan from where its journal stands until it ends or must wait.
 * Ready nodes run concurrently. A pure step is journaled with the next write; an external step's result is durable before anything that
 * depends on it starts. Rejects only with what the journal rejects with.
 */
export function executePlan(run: PlanRun): Promise<PlanOutcome> {
  return new Execution(run).execute();
}

type NodeState = 'pending' | 'running' | 'parked' | 'settled';

class Execution {
  private readonly states = new Map<string, NodeState>();
  private readonly incoming = new Map<string, PlanEdge[]>();
  private readonly outgoing = new Map<string, PlanEdge[]>();
  private readonly nodes = new Map<string, PlanNode>();
  private readonly stop = new AbortController();
  private readonly outputs: Scope['steps'] = {};
  private readonly now: () => Date;
  private readonly storage: Storage;
  private running = 0;
  private ended: PlanOutcome | undefined;
  private broken: unknown;
  private finish: (() => void) | undefined;

  constructor(private readonly run: PlanRun) {
    this.now = run.now ?? (() => new Date());
    this.storage = new Storage(run.progress);
    for (const node of run.plan.nodes) {
      this.nodes.set(node.id, node);
      this.states.set(node.id, 'pending');
      this.incoming.set(node.id, []);
      this.outgoing.set(node.id, []);
    }
    for (const edge of run.plan.edges) {
      this.incoming.get(edge.to)?.push(edge);
      this.outgoing.get(edge.from)?.push(edge);
    }
    for (const id of run.progress.steps.keys()) this.publish(id);
  }

  async execute(): Promise<PlanOutcome> {
    const abort = () => this.halt({ status: 'aborted' });
    if (this.run.signal.aborted) return { status: 'aborted' };
    this.run.signal.addEventListener('abort', abort, { once: true });
    try {
      const idle = new Promise<void>((resolve) => (this.finish = resolve));
      for (const node of this.run.plan.nodes) this.restore(node);
      for (const node of this.run.plan.nodes) this.consider(node);
      this.checkIdle();
      await idle;
    } finally {
      this.run.signal.removeEventListener('abort', abort);
    }
    if (this.broken !== undefined) throw this.broken;
    return this.ended ?? this.settled();
  }

  /** Takes over what the journal says of a node. A step that was running when its worker died is started again. */
  private restore(node: PlanNode): void {
    const record = this.run.progress.steps.get(node.id);
    if (!record || record.status === 'running' || this.ended) return;
    if (record.status === 'waiting' || record.status === 'retrying') {
      if (record.until !== undefined && Date.parse(record.until) > this.now().getTime()) {
        this.states.set(node.id, 'parked');
      } else if (record.status === 'waiting') {
        this.complete(node, record.attempt, { kind: 'done', output: record.output });
      }
      return;
    }
    this.states.set(node.id, 'settled');
    if (record.ends) this.halt({ status: 'completed', output: record.output });
    if (record.status === 'failed' && !record.continued && record.error) this.fail(node, record.error);
  }

  /** Starts or skips a node if all its predecessors have settled. */
  private consider(node: PlanNode): void {
    if (this.ended || this.states.get(node.id) !== 'pending') return;
    const edges = this.incoming.get(node.id) ?? [];
    if (!edges.every((edge) => this.states.get(edge.from) === 'settled')) return;
    if (edges.length === 0 || edges.some((edge) => this.isTaken(edge))) {
      this.states.set(node.id, 'running');
      this.running++;
      void this.work(node);
    } else {
      this.record({ type: 'step.skipped', at: this.at(), stepId: node.id });
      this.settle(node);
    }
  }

  private isTaken(edge: PlanEdge): boolean {
    const record = this.run.progress.steps.get(edge.from);
    if (!record || record.status === 'skipped') return false;
    return edge.when === undefined || edge.when === record.route;
  }

  /** Runs a node's attempts until it settles, parks, or the run ends. Never rejects. */
  private async work(node: PlanNode): Promise<void> {
    try {
      const previous = this.run.progress.steps.get(node.id);
      let attempt = (previous?.attempt ?? 0) + 1;
      while (!this.ended && this.states.get(node.id) === 'running') {
        const outcome = await this.attempt(node, attempt);
        if (this.ended) {
          // It happened, so it must not happen again should the run go on: after a retry, or on another worker.
          if (outcome.kind === 'done' && node.effect === 'external') this.recordDone(node, attempt, outcome);
          break;
        }
        await this.conclude(node, attempt, outcome);
        attempt++;
      }
    } catch (error) {
      this.broken ??= error;
      this.halt({ status: 'aborted' });
    } finally {
      this.running--;
      this.checkIdle();
    }
  }

  private attempt(node: PlanNode, attempt: number): Promise<BlockOutcome> {
    return runAttempt({
      node,
      attempt,
      organizationId: this.run.organizationId,
      runId: this.run.runId,
      connectionId: this.run.connectionId ?? null,
      scope: this.scope(),
      upstream: this.upstream(node),
      storage: this.storage,
      signal: this.stop.signal,
      now: this.now,
      started: (input) => this.record({ type: 'step.started', at: this.at(), stepId: node.id, attempt, input }),
      onBug: (error) => this.run.onBug?.(error, node.id),
    });
  }

  private async conclude(node: PlanNode, attempt: number, outcome: BlockOutcome): Promise<void> {
    const stepId = node.id;
    if (outcome.kind === 'wait') {
      const until = (outcome.until ?? new Date(8.64e15)).toISOString();
      this.record({ type: 'step.waiting', at: this.at(), stepId, attempt, until, output: outcome.output });
      this.states.set(stepId, 'parked');
    } else if (outcome.kind === 'done') {
      this.recordDone(node, attempt, outcome);
      if (node.effect === 'external') await this.run.journal.commit();
      this.settleDone(node, outcome);
    } else {
      await this.concludeFailure(node, attempt, outcome);
    }
  }

  private complete(node: PlanNode, attempt: number, outcome: BlockOutcome & { kind: 'done' }): void {
    this.recordDone(node, attempt, outcome);
    this.states.set(node.id, 'settled');
  }

  private recordDone(node: PlanNode, attempt: number, outcome: BlockOutcome & { kind: 'done' }): void {
    const { kind: _kind, ...result } = outcome;
    this.record({ type: 'step.completed', at: this.at(), stepId: node.id, attempt, ...result });
  }

  private settleDone(node: PlanNode, outcome: BlockOutcome & { kind: 'done' }): void {
    if (outcome.ends) this.halt({ status: 'completed', output: outcome.output });
    this.settle(node);
  }

  private async concludeFailure(
    node: PlanNode,
    attempt: number,
    outcome: BlockOutcome & { kind: 'failed' },
  ): Promise<void> {
    const stepId = node.id;
    const { error } = outcome;
    const delayMs = retryDecision(node.retry, attempt, outcome);
    if (delayMs !== undefined) {
      const until = new Date(this.now().getTime() + delayMs).toISOString();
      this.record({ type: 'step.retrying', at: this.at(), stepId, attempt, error, until });
      if (delayMs > IN_PROCESS_DELAY_MS) this.states.set(stepId, 'parked');
      else await abortableDelay(delayMs, this.stop.signal);
      return;
    }
    const goesOn = node.onError.strategy === 'continue';
    const rest = node.onError.strategy === 'continue' ? { output: node.onError.fallback } : {};
    this.record({ type: 'step.failed', at: this.at(), stepId, attempt, error, ...rest });
    if (node.effect === 'external' && goesOn) await this.run.journal.commit();
    if (!goesOn) this.fail(node, error);
    this.settle(node);
  }

  private settle(node: PlanNode): void {
    this.states.set(node.id, 'settled');
    for (const edge of this.outgoing.get(node.id) ?? []) {
      const next = this.nodes.get(edge.to);
      if (next) this.consider(next);
    }
  }

  private fail(node: PlanNode, error: StepError): void {
    const label = node.name === undefined ? node.id : `${node.name} (${node.id})`;
    this.halt({
      status: 'failed',
      error: { code: 'STEP_ERROR', message: `Step ${label} failed: ${error.message}`, step: node.id },
    });
  }

  /** The first reason to end is the one that counts; whatever still runs is told to stop. */
  private halt(outcome: PlanOutcome): void {
    if (this.ended) return;
    this.ended = outcome;
    this.stop.abort();
    this.checkIdle();
  }

  private checkIdle(): void {
    if (this.running === 0) this.finish?.();
  }

  private settled(): PlanOutcome {
    const untils: number[] = [];
    for (const node of this.run.plan.nodes) {
      if (this.states.get(node.id) !== 'parked') continue;
      untils.push(Date.parse(this.run.progress.steps.get(node.id)?.until ?? ''));
    }
    if (untils.length > 0) return { status: 'waiting', until: new Date(Math.min(...untils)) };
    return { status: 'completed', output: this.lastOutput() };
  }

  private lastOutput(): Json {
    const records = this.run.plan.nodes.map(({ id }) => this.run.progress.steps.get(id));
    return records.findLast((record) => record && record.status !== 'skipped')?.output ?? null;
  }

  private upstream(node: PlanNode): Json {
    const taken = (this.incoming.get(node.id) ?? []).filter((edge) => this.isTaken(edge)).map((edge) => edge.from);
    const last = this.run.plan.nodes.findLast(({ id }) => taken.includes(id));
    return last ? (this.run.progress.steps.get(last.id)?.output ?? null) : this.run.input;
  }

  private record(event: StepEvent): void {
    applyEvent(this.run.progress, event);
    this.run.journal.record(event);
    this.publish(event.stepId);
  }

  /** Makes the output of a step that has one visible to the steps that follow. */
  private publish(stepId: string): void {
    const record = this.run.progress.steps.get(stepId);
    if (record?.status === 'completed' || record?.continued) this.outputs[stepId] = { output: record.output };
  }

  private scope(): Scope {
    const { input, runId, connection, progress } = this.run;
    return {
      input,
      variables: progress.variables,
      steps: this.outputs,
      run: { id: runId },
      runId,
      now: this.at(),
      ...(connection !== undefined && { connection }),
    };
  }

  private at(): string {
    return this.now().toISOString();
  }
}
