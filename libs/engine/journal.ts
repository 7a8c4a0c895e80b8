import type { StepError } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';

/** What happens to a step, in order. `at` is ISO 8601. Together with the run's own events these are the run's event stream. */
export type StepEvent =
  | { type: 'step.started'; at: string; stepId: string; attempt: number; input: Json }
  | {
      type: 'step.completed';
      at: string;
      stepId: string;
      attempt: number;
      output: Json;
      route?: string;
      variables?: Record<string, Json>;
      ends?: true;
      logs?: string;
    }
  /** Failed for good; with `output` the run goes on with that. */
  | { type: 'step.failed'; at: string; stepId: string; attempt: number; error: StepError; output?: Json; logs?: string }
  | {
      type: 'step.retrying';
      at: string;
      stepId: string;
      attempt: number;
      error: StepError;
      until: string;
      logs?: string;
    }
  /** `until` is null where only a signal ends the wait; with `resumes` the block is asked what became of it. */
  | {
      type: 'step.waiting';
      at: string;
      stepId: string;
      attempt: number;
      until: string | null;
      output: Json;
      resumes?: true;
    }
  | { type: 'step.skipped'; at: string; stepId: string };

/** Opens the failed steps of a run again. */
export interface RetriedEvent {
  type: 'run.retried';
}

/**
 * Where a running plan writes. Entries of one run are written in order; `commit` resolves when all entries recorded so far are durable,
 * and rejects with {@link LeaseLost} when the run belongs to somebody else by now.
 */
export interface Journal {
  record(event: StepEvent): void;
  commit(): Promise<void>;
}

/** Thrown by a journal whose attempt has been superseded: the execution must stop without another effect. */
export class LeaseLost extends Error {
  constructor() {
    super('the run was taken over by another worker');
  }
}

export type StepStatus = 'running' | 'retrying' | 'waiting' | 'completed' | 'failed' | 'skipped';

/** A step as far as the journal tells. */
export interface StepRecord {
  id: string;
  status: StepStatus;
  attempt: number;
  input: Json;
  output: Json;
  error: StepError | null;
  /** The step failed and the run went on. */
  continued: boolean;
  route?: string;
  ends?: true;
  /** When a waiting step completes, or a failed attempt is repeated; null: when it is signalled. ISO 8601. */
  until?: string | null;
  /** The waiting step's block is asked what became of it. */
  resumes?: true;
  /** What the latest attempt printed. */
  logs?: string;
  startedAt: string | null;
  completedAt: string | null;
}

/** Everything a plan needs to go on: the fold of its journal. */
export interface Progress {
  steps: Map<string, StepRecord>;
  variables: Record<string, Json>;
}

export const emptyProgress = (): Progress => ({ steps: new Map(), variables: {} });

/** Folds one event into the progress. Events of other types change nothing, so a run's whole stream can be folded. */
export function applyEvent(progress: Progress, event: StepEvent | RetriedEvent | { type: string }): void {
  if (event.type === 'run.retried') reopenFailed(progress);
  else if (event.type.startsWith('step.')) applyStepEvent(progress, event as StepEvent);
}

function reopenFailed(progress: Progress): void {
  for (const step of progress.steps.values()) {
    if (step.status === 'failed' && !step.continued) progress.steps.delete(step.id);
  }
}

function applyStepEvent(progress: Progress, event: StepEvent): void {
  const step = progress.steps.get(event.stepId) ?? newRecord(event.stepId);
  progress.steps.set(step.id, step);
  if ('attempt' in event) step.attempt = event.attempt;
  if ('logs' in event) step.logs = event.logs;
  switch (event.type) {
    case 'step.started':
      Object.assign(step, { status: 'running', input: event.input, error: null, completedAt: null });
      step.startedAt ??= event.at;
      delete step.logs;
      return;
    case 'step.completed':
      Object.assign(step, { status: 'completed', output: event.output, error: null, completedAt: event.at });
      if (event.route !== undefined) step.route = event.route;
      if (event.ends) step.ends = true;
      Object.assign(progress.variables, event.variables);
      return;
    case 'step.failed':
      Object.assign(step, { status: 'failed', error: event.error, completedAt: event.at });
      step.continued = event.output !== undefined;
      step.output = event.output ?? null;
      return;
    case 'step.retrying':
      Object.assign(step, { status: 'retrying', error: event.error, until: event.until });
      return;
    case 'step.waiting':
      Object.assign(step, { status: 'waiting', output: event.output, until: event.until });
      if (event.resumes) step.resumes = true;
      return;
    case 'step.skipped':
      Object.assign(step, { status: 'skipped', completedAt: event.at });
  }
}

const newRecord = (id: string): StepRecord => ({
  id,
  status: 'running',
  attempt: 1,
  input: null,
  output: null,
  error: null,
  continued: false,
  startedAt: null,
  completedAt: null,
});
