import { IsIn } from 'class-validator';
import type { Plan, StepRecord } from '#libs/engine';
import { formatId } from '#libs/ids';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';
import { RunStepDto, toRunStepDto } from './run-step.dto.js';
import { labelSteps } from './step-labels.js';
import { ERROR_CODES, type ErrorCode, errorCodeOf } from '../run.errors.js';
import { type RunEntity, RUN_TRIGGERS, type RunTrigger } from '../run.entity.js';
import { isTerminal, type NativeRunStatus, toNativeStatus } from '../run.status.js';

export const NATIVE_STATUSES = [
  'pending',
  'running',
  'waiting',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
] as const;

/** Why a run ended without completing. */
export class RunErrorDto {
  /**
   * `STEP_ERROR`, `TIMEOUT`, `CANCELLED`, `WORKER_CRASHED`, `OUTPUT_INVALID` or `INTERNAL`.
   * @example STEP_ERROR
   */
  code: string;

  /**
   * What went wrong and what to do about it.
   * @example "Step fetch-rate failed: the server answered 404"
   */
  message: string;

  /**
   * The step that failed.
   * @example fetch-rate
   */
  step?: string;
}

/** A run, as listed. */
export class RunSummaryDto {
  /**
   * Unique identifier of the run.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * Where the run stands. `waiting` is a run that is parked, for example by a `wait` step.
   * @example completed
   */
  @IsIn(NATIVE_STATUSES)
  status: NativeRunStatus;

  /**
   * The workflow that is executed.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  workflowId: string;

  /**
   * Version of the workflow that is executed.
   * @example 3
   */
  workflowVersion: number;

  /**
   * How the run was started.
   * @example api
   */
  @IsIn(RUN_TRIGGERS)
  trigger: RunTrigger;

  /** Why the run ended without completing; null otherwise. */
  error: RunErrorDto | null;

  /**
   * Class of the error, for programs.
   * @example null
   */
  @IsIn(ERROR_CODES)
  errorCode: ErrorCode | null;

  /**
   * Of the organization's runs that could start, those with a higher number start first; -100 to 100.
   * @example 0
   */
  priority: number;

  /**
   * Runs of the workflow with the same key do not overlap; null without one.
   * @example customer-42
   */
  concurrencyKey: string | null;

  /**
   * The run starts at this time at the earliest (ISO 8601); null for at once.
   * @example 2026-12-01T06:00:00.000Z
   */
  startAt: string | null;

  /**
   * The run ends as `timed_out` if it has not started by this time (ISO 8601); null without such a time.
   * @example 2026-12-01T07:00:00.000Z
   */
  expiresAt: string | null;

  /**
   * The run that this one repeats; null for none.
   * @example run_019b7c2e-1111-7abc-89ab-0123456789ab
   */
  replayOf: string | null;

  /**
   * The run whose step started this one; null for none.
   * @example run_019b7c2e-2222-7abc-89ab-0123456789ab
   */
  parentRunId: string | null;

  /**
   * From 1; each retry of the run adds one.
   * @example 1
   */
  attempt: number;

  /**
   * When the run was accepted (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  createdAt: string;

  /**
   * When the current attempt started (ISO 8601); null until then.
   * @example 2026-11-22T10:00:00.001Z
   */
  startedAt: string | null;

  /**
   * When the run ended (ISO 8601); null until then.
   * @example 2026-11-22T10:00:00.005Z
   */
  completedAt: string | null;

  /**
   * Milliseconds from the start to the end; null until then.
   * @example 4
   */
  durationMs: number | null;
}

/** A run with its input, output and steps. */
export class RunDto extends RunSummaryDto {
  /**
   * The input, with the schema's defaults filled in.
   * @example { "items": [{ "quantity": 2, "price": 1999 }, { "quantity": 1, "price": 500 }] }
   */
  @FreeForm()
  input: Json;

  /**
   * What the `response` step returned, else the output of the last step that ran; null until the run completes.
   * @example { "subtotal": 4498, "tax": 359.84, "total": 4857.84 }
   */
  @FreeForm()
  output: Json;

  /** Steps that have started or were skipped, in plan order. */
  steps: RunStepDto[];
}

/** What came of a cancel. */
export class CancelledDto {
  /**
   * Always true: the run is cancelled, asked to stop, or was over already.
   * @example true
   */
  success: boolean;

  /**
   * The run's status now. A running run is asked to stop and reports `running` until its step has let go; a finished run keeps its status.
   * @example cancelled
   */
  @IsIn(NATIVE_STATUSES)
  status: NativeRunStatus;
}

/** The members of a run that a DTO shows. */
export type RunView = Pick<
  RunEntity,
  | 'id'
  | 'status'
  | 'workflowId'
  | 'workflowVersion'
  | 'trigger'
  | 'input'
  | 'output'
  | 'error'
  | 'priority'
  | 'concurrencyKey'
  | 'startAt'
  | 'expiresAt'
  | 'replayOf'
  | 'parentRunId'
  | 'attempt'
  | 'createdAt'
  | 'startedAt'
  | 'completedAt'
>;

/** Without what is stored encrypted beside it. */
const toRunErrorDto = ({ code, message, step }: RunErrorDto): RunErrorDto => ({
  code,
  message,
  ...(step !== undefined && { step }),
});

export function toRunSummaryDto(run: RunView): RunSummaryDto {
  return {
    id: formatId('run', run.id),
    status: toNativeStatus(run.status),
    workflowId: formatId('wf', run.workflowId),
    workflowVersion: run.workflowVersion,
    trigger: run.trigger,
    error: run.error && toRunErrorDto(run.error),
    errorCode: errorCodeOf(run.error),
    priority: run.priority,
    concurrencyKey: run.concurrencyKey,
    startAt: run.startAt?.toISOString() ?? null,
    expiresAt: run.expiresAt?.toISOString() ?? null,
    replayOf: run.replayOf && formatId('run', run.replayOf),
    parentRunId: run.parentRunId && formatId('run', run.parentRunId),
    attempt: run.attempt,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    completedAt: run.completedAt?.toISOString() ?? null,
    durationMs: run.startedAt && run.completedAt ? run.completedAt.getTime() - run.startedAt.getTime() : null,
  };
}

export function toRunDto(run: RunView, plan: Plan, records: ReadonlyMap<string, StepRecord>): RunDto {
  const over = isTerminal(run.status);
  const steps = labelSteps(plan, records).map(([label, record]) => toRunStepDto(label, record, over));
  return { ...toRunSummaryDto(run), input: run.input, output: run.output, steps };
}
