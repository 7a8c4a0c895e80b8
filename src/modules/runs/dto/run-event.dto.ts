import { IsIn } from 'class-validator';
import { formatId } from '#libs/ids';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';
import type { RunEvent } from '../run.events.js';
import { RunErrorDto } from './run.dto.js';

const EVENT_TYPES = [
  'run.queued',
  'run.started',
  'run.waiting',
  'run.retried',
  'run.completed',
  'run.failed',
  'run.cancelled',
  'run.timed_out',
  'step.started',
  'step.completed',
  'step.failed',
  'step.retrying',
  'step.waiting',
  'step.skipped',
] as const;

/** One event of a run: the `data` of an event in the stream. Its type is also the event's name, its `seq` the event's id. */
export class RunEventDto {
  /**
   * Number of the event, from 1 without gaps.
   * @example 3
   */
  seq: number;

  /**
   * The run.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  runId: string;

  /**
   * What happened. Also the name of the event in the stream.
   * @example step.completed
   */
  @IsIn(EVENT_TYPES)
  type: (typeof EVENT_TYPES)[number];

  /**
   * When it happened (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  at: string;

  /**
   * The step, in events of steps.
   * @example calculate-total
   */
  stepId?: string;

  /**
   * Attempt of the step or of the run, from 1.
   * @example 1
   */
  attempt?: number;

  /**
   * Resolved input, when a step starts.
   * @example { "mapping": { "total": 4857.84 } }
   */
  @FreeForm()
  input?: Json;

  /**
   * Output of the step or of the run.
   * @example { "total": 4857.84 }
   */
  @FreeForm()
  output?: Json;

  /** Why it failed. */
  error?: RunErrorDto;

  /**
   * What the step's code printed.
   * @example "3 items\n"
   */
  logs?: string;

  /**
   * When a wait or the pause before a retry ends; null: when what is waited for has come.
   * @example 2026-11-22T10:05:00.000Z
   */
  until?: string | null;

  /**
   * Which branch a condition took.
   * @example then
   */
  route?: string;
}

export function toRunEventDto(runId: string, seq: number, event: RunEvent): RunEventDto {
  const { type, at, ...rest } = event;
  const {
    variables: _variables,
    ends: _ends,
    resumes: _resumes,
    ...shown
  } = rest as Partial<RunEventDto> & { variables?: unknown; ends?: unknown; resumes?: unknown };
  return { seq, runId: formatId('run', runId), type, at, ...shown };
}
