import type { ChildRuns } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import { Activity } from './activity.js';
import { type Journal, type Progress, type StepEvent, type StepRecord, applyEvent } from './journal.js';
import { Storage } from './storable.js';

/** A run as far as its steps go. */
export interface RunFacts {
  organizationId: string;
  runId: string;
  input: Json;
  /** Variables before any step has set one. Default: none. */
  variables?: Record<string, Json>;
  /** The connection that the run's caller chose; default none. */
  connectionId?: string | null;
  connection?: Json;
  /** Where the run stands: empty for a new one, else the fold of its journal. Changed in place. */
  progress: Progress;
  journal: Journal;
  signal: AbortSignal;
  /** What has been sent to parked steps, by step id; may grow while the plan is executed. Default: nothing. */
  signals?: ReadonlyMap<string, Json>;
  /** Subscribes to news from outside, such as a signal or the end of a child run; returns what unsubscribes. */
  onWake?: (listener: () => void) => () => void;
  /** Runs that a step starts. Default: it cannot. */
  children?: (stepId: string) => ChildRuns;
  /** Time source; the default is the system's. */
  now?: () => Date;
  /** Told of exceptions, which are bugs of a block; the step fails with `INTERNAL`. */
  onBug?: (error: unknown, stepId: string) => void;
}

/** What all executions of one run share: that of its plan and those of nested plans. */
export class RunState {
  readonly activity = new Activity();
  readonly storage: Storage;
  readonly now: () => Date;
  /** How often there was news from outside. */
  wakes = 0;

  private readonly listeners = new Set<() => void>();

  constructor(readonly run: RunFacts) {
    this.now = run.now ?? (() => new Date());
    this.storage = new Storage(run.progress);
  }

  /** Subscribes an execution to news from outside. */
  onWake(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  wake(): void {
    this.wakes++;
    for (const listener of this.listeners) listener();
  }

  record(event: StepEvent): void {
    applyEvent(this.run.progress, event);
    this.run.journal.record(event);
  }

  find(stepId: string): StepRecord | undefined {
    return this.run.progress.steps.get(stepId);
  }

  at(): string {
    return this.now().toISOString();
  }

  children(stepId: string): ChildRuns {
    return this.run.children?.(stepId) ?? NO_CHILDREN;
  }
}

const NO_CHILDREN: ChildRuns = {
  start: () =>
    Promise.resolve({
      refused: { code: 'NOT_SUPPORTED', message: 'This run cannot start others.' },
      retryable: false,
    }),
  find: () => Promise.resolve(null),
};
