import { IsIn } from 'class-validator';
import type { StepRecord } from '#libs/engine';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';
import type { StepLabel } from './step-labels.js';

const STEP_STATUSES = ['running', 'retrying', 'waiting', 'completed', 'failed', 'skipped', 'cancelled'] as const;

/** Why a step failed. */
export class StepErrorDto {
  /**
   * What went wrong, for programs, such as `HTTP_STATUS`, `TIMEOUT` or `TEMPLATE_FAILED`.
   * @example HTTP_STATUS
   */
  code: string;

  /**
   * What went wrong and what to do about it.
   * @example "The server answered 404"
   */
  message: string;
}

/** A step of a run that has started or was skipped. */
export class RunStepDto {
  /**
   * The id that the definition gives the step; in an iteration of a loop `<loop>[<number>].<id>`.
   * @example calculate-total
   */
  id: string;

  /**
   * The name that the definition gives the step; null without one.
   * @example "Calculate Order Total"
   */
  name: string | null;

  /**
   * The block type.
   * @example transform
   */
  type: string;

  /**
   * What became of the step. A step that was under way when its run ended counts as cancelled.
   * @example completed
   */
  @IsIn(STEP_STATUSES)
  status: (typeof STEP_STATUSES)[number];

  /**
   * The latest attempt, from 1.
   * @example 1
   */
  attempt: number;

  /**
   * The configuration with its templates resolved.
   * @example { "mapping": { "total": 4857.84 } }
   */
  @FreeForm()
  input: Json;

  /**
   * What the step returned; null until it completes.
   * @example { "total": 4857.84 }
   */
  @FreeForm()
  output: Json;

  /** Why the step, or its latest attempt, failed. */
  error: StepErrorDto | null;

  /**
   * What the step's code printed in its latest attempt, at most 64 Ki characters; null for steps without code.
   * @example "3 items\n"
   */
  logs: string | null;

  /**
   * When the first attempt started (ISO 8601); null for a skipped step.
   * @example 2026-11-22T10:00:00.000Z
   */
  startedAt: string | null;

  /**
   * When the step ended (ISO 8601); null until then.
   * @example 2026-11-22T10:00:00.003Z
   */
  completedAt: string | null;

  /**
   * Milliseconds from the first start to the end, waits included.
   * @example 3
   */
  durationMs: number | null;
}

export function toRunStepDto(label: StepLabel, record: StepRecord, runIsOver: boolean): RunStepDto {
  const { status, startedAt, completedAt } = record;
  const unfinished = status === 'running' || status === 'retrying' || status === 'waiting';
  return {
    id: label.id,
    name: label.name ?? null,
    type: label.type,
    status: runIsOver && unfinished ? 'cancelled' : status,
    attempt: record.attempt,
    input: record.input,
    output: unfinished ? null : record.output,
    error: record.error,
    logs: record.logs ?? null,
    startedAt,
    completedAt,
    durationMs: startedAt !== null && completedAt !== null ? Date.parse(completedAt) - Date.parse(startedAt) : null,
  };
}
