import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { formatId, parseId } from '#libs/ids';
import { type Issue, validationError } from '../../../platform/errors/index.js';
import { type Changes, RUN_CHANGES, type RunChange, type Selection } from '../change-runs.js';
import { ERROR_CODES, type ErrorCode } from '../run.errors.js';
import { fromNativeStatus } from '../run.status.js';
import { RunFilterDto } from './run-filter.dto.js';

/** Which runs; each member given narrows it. */
export class RunSelectionDto extends RunFilterDto {
  /**
   * Only these runs, 1 to 1000.
   * @example ["run_019b7c2e-4567-7abc-89ab-0123456789ab"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  ids?: string[];

  /**
   * Only runs that ended with an error of this class.
   * @example STEP_ERROR
   */
  @IsOptional()
  @IsIn(ERROR_CODES)
  errorCode?: ErrorCode;
}

/** What to do with many runs. */
export class ChangeRunsDto {
  /**
   * `cancel` unfinished runs, `retry` failed and timed-out ones, or `replay` finished ones, each from the beginning as a new run.
   * @example retry
   */
  @IsIn(RUN_CHANGES)
  action: RunChange;

  /** Which runs: at least one member. Runs in a status for which the action means nothing are left out. */
  @ValidateNested()
  @Type(() => RunSelectionDto)
  filter: RunSelectionDto;

  /**
   * Changes nothing and tells what would be changed.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  preview?: boolean;

  /**
   * Changes so many runs at most, 1 to 1000; the oldest first.
   * @example 1000
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;

  /**
   * Goes on after the last run of an earlier answer; its `cursor`.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  cursor?: string;
}

/** What would be changed. */
export class RunChangesPreviewDto {
  /**
   * How many runs match, counted up to 10,000.
   * @example 42
   */
  count: number;

  /**
   * There are more than were counted.
   * @example false
   */
  more: boolean;

  /**
   * The first of them, at most 20.
   * @example ["run_019b7c2e-4567-7abc-89ab-0123456789ab"]
   */
  sample: string[];
}

/** Why a run was not changed. */
export class RunChangeErrorDto {
  /**
   * The code that a request for this run alone would be answered with.
   * @example INVALID_STATUS
   */
  code: string;

  /**
   * What went wrong and what to do about it.
   * @example "Only a failed or timed out run can be retried. Current status: completed"
   */
  message: string;
}

/** A run that was not changed. */
export class FailedRunChangeDto {
  /**
   * The run.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /** Why it was not changed. */
  error: RunChangeErrorDto;
}

/** A run that was replayed. */
export class ReplayedRunDto {
  /**
   * The original.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * The new run.
   * @example run_019b7c2e-9999-7abc-89ab-0123456789ab
   */
  runId: string;
}

/** What was changed. */
export class RunChangesDto {
  /**
   * How many runs were to be changed.
   * @example 42
   */
  matched: number;

  /**
   * How many were. A running run that is cancelled counts as soon as it is asked to stop.
   * @example 41
   */
  done: number;

  /** Those that were not, among them runs that were named and cannot be. */
  failed: FailedRunChangeDto[];

  /** The new run for each original; empty unless the action is `replay`. */
  replays: ReplayedRunDto[];

  /**
   * More runs match; send the request again with the `cursor`.
   * @example false
   */
  more: boolean;

  /**
   * The last run that was to be changed; null when none was.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  cursor: string | null;
}

/** @throws DomainError VALIDATION_ERROR for a filter that would mean every run, and for ids that are none */
export function toSelection({ action, filter, cursor }: ChangeRunsDto): Selection {
  const { ids, workflowId, status, trigger, errorCode, since, until } = filter;
  const given = Object.values(filter).filter((value: unknown) => value !== undefined && value !== null);
  if (given.length === 0) throw invalid(['filter'], 'must have at least one member; name the runs, or say which');
  return {
    action,
    filter: {
      ...(ids && { ids: ids.map((id, index) => idAt('run', id, ['filter', 'ids', index])) }),
      ...(workflowId && { workflowId: idAt('wf', workflowId, ['filter', 'workflowId']) }),
      ...(status && { status: fromNativeStatus(status) }),
      ...(trigger && { trigger }),
      ...(errorCode && { errorCode }),
      ...(since && { since: new Date(since) }),
      ...(until && { until: new Date(until) }),
      ...(cursor && { after: idAt('run', cursor, ['cursor']) }),
    },
  };
}

export const toRunChangesDto = ({ matched, done, failed, replays, more }: Changes): RunChangesDto => {
  const last = matched.at(-1);
  return {
    matched: matched.length,
    done: done.length,
    failed: failed.map(({ id, error }) => ({ id: formatId('run', id), error })),
    replays: replays.map(({ id, runId }) => ({ id: formatId('run', id), runId: formatId('run', runId) })),
    more,
    cursor: last ? formatId('run', last.id) : null,
  };
};

function idAt(prefix: 'run' | 'wf', id: string, path: Issue['path']): string {
  const bare = parseId(prefix, id);
  if (bare === null) throw invalid(path, `must be the id of a ${prefix === 'run' ? 'run' : 'workflow'}`);
  return bare;
}

const invalid = (path: Issue['path'], message: string) =>
  validationError('Request validation failed', { details: [{ path, message }] });
