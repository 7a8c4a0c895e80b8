import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { formatId } from '#libs/ids';
import type { JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';
import { CONCURRENCY_MODES, type ConcurrencyMode, type RunOptions, type StartRequest } from '../run-request.js';
import { type RunStatus, toNativeStatus } from '../run.status.js';
import { IsMoment } from './is-moment.decorator.js';

/** What a workflow is to be run with. */
export class RunRequestDto {
  /**
   * Input of the run, readable as `{{input.…}}`; must satisfy the workflow's `inputSchema`. An empty object by default.
   * @example { "items": [{ "product": "Widget", "quantity": 2, "price": 1999 }, { "product": "Gadget", "quantity": 1, "price": 500 }] }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  input?: Record<string, unknown>;

  /**
   * Which of several connections of one provider to use. Steps that name a connection of their own use that; templates read this one as
   * `{{connection.name}}`, `{{connection.settings.…}}`.
   * @example conn_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  connectionId?: string;

  /**
   * Within 24 hours the same key with the same request answers the run it started. 1 to 255 printable ASCII characters; the header
   * `Idempotency-Key` does the same.
   * @example process-order-123
   */
  @IsOptional()
  @IsString()
  @Matches(/^[\x20-\x7e]{1,255}$/, { message: 'must be 1 to 255 printable ASCII characters' })
  idempotencyKey?: string;

  /**
   * The run starts at this time at the earliest, at most 30 days ahead; it is `pending` until then (ISO 8601 with an offset). At once by default.
   * @example 2026-12-01T06:00:00Z
   */
  @IsOptional()
  @IsMoment()
  startAt?: string;

  /**
   * A run that has not started by this time ends as `timed_out` (ISO 8601 with an offset); must be later than `startAt` and now. By default
   * only the workflow's `queueTtlMs` bounds the wait.
   * @example 2026-12-01T07:00:00Z
   */
  @IsOptional()
  @IsMoment()
  expiresAt?: string;

  /**
   * -100 to 100. Of the organization's runs that could start, those with a higher number start first.
   * @example 10
   */
  @IsOptional()
  @IsInt()
  @Min(-100)
  @Max(100)
  priority?: number;

  /**
   * Runs of the workflow with the same key do not overlap. 1 to 255 characters, none of them a control character.
   * @example customer-42
   */
  @IsOptional()
  @IsString()
  @Matches(/^[^\p{C}]{1,255}$/u, { message: 'must be 1 to 255 characters without control characters' })
  concurrencyKey?: string;

  /**
   * What to do while another run with the `concurrencyKey` is unfinished. `queue`: start after it, by priority and then in order of creation (the
   * default). `reject`: answer 409 `CONCURRENCY_CONFLICT`. `cancel_in_progress`: cancel all unfinished ones, and start when they have ended.
   * `use_existing`: answer that run, with the header `Concurrency-Replayed: true`.
   * @example queue
   */
  @IsOptional()
  @IsIn(CONCURRENCY_MODES)
  concurrencyMode?: ConcurrencyMode;

  /**
   * Which version of the workflow to run. The current one by default.
   * @example 3
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  version?: number;
}

/** What a workflow is to be run with, and how to take the request. */
export class StartRunDto extends RunRequestDto {
  /**
   * Checks key, limits, input and workflow, and answers what would run, without running it.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;
}

/** How to answer. */
export class StartRunQuery {
  /**
   * Waits up to this many seconds, at most 60, and answers 200 with the finished run if it ends in time. `Prefer: wait=N` does the same.
   * @example 10
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(60)
  wait?: number;

  /**
   * Runs a workflow that is not active, such as a draft. Needs the scope `workflows:write`.
   * @example "true"
   */
  @IsOptional()
  @IsIn(['true', 'false'])
  test?: 'true' | 'false';
}

/** A run that was accepted. */
export class RunAcceptedDto {
  /**
   * Unique identifier of the run.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  runId: string;

  /**
   * Status of the run: `pending`, or for a repeated idempotency key what became of it.
   * @example pending
   */
  @IsIn(['pending', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'timed_out'])
  status: 'pending' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled' | 'timed_out';

  /**
   * The workflow being executed.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  workflowId: string;

  /**
   * Version of the workflow used.
   * @example 3
   */
  workflowVersion: number;
}

/** One step of a plan. */
export class PlannedStepDto {
  /**
   * The id that the definition gives the step.
   * @example calculate-total
   */
  id: string;

  /**
   * The block type.
   * @example transform
   */
  type: string;

  /**
   * Steps that must settle first.
   * @example ["calculate-total"]
   */
  after: string[];
}

/** What a dry run found. */
export class DryRunDto {
  /**
   * Always true: a request that cannot run is answered with its error.
   * @example true
   */
  valid: boolean;

  /**
   * The workflow that would be executed.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  workflowId: string;

  /**
   * The version that would be executed.
   * @example 3
   */
  workflowVersion: number;

  /**
   * The input as the run would see it, defaults filled in.
   * @example { "currency": "usd" }
   */
  @FreeForm()
  input: Record<string, unknown>;

  /** What would be executed, in an order in which every step follows those it depends on. */
  plan: PlannedStepDto[];
}

/** How a request came in. */
type Arrival = Pick<StartRequest, 'workflowId' | 'idempotencyKey' | 'requestId' | 'awaited'> & { test: boolean };

export const toStartRequest = (body: RunRequestDto, { test, ...arrival }: Arrival): StartRequest => ({
  ...arrival,
  input: (body.input ?? {}) as JsonObject,
  connectionId: body.connectionId ?? null,
  trigger: test ? 'test' : 'api',
  options: toRunOptions(body),
});

/** What the options of a request ask for; those left out, or null, are left out. */
function toRunOptions(body: RunRequestDto): RunOptions {
  const { startAt, expiresAt, priority, concurrencyKey, concurrencyMode, version } = body;
  return {
    ...(startAt && { startAt: new Date(startAt) }),
    ...(expiresAt && { expiresAt: new Date(expiresAt) }),
    ...(typeof priority === 'number' && { priority }),
    ...(concurrencyKey && { concurrencyKey }),
    ...(concurrencyMode && { concurrencyMode }),
    ...(typeof version === 'number' && { version }),
  };
}

export const toAcceptedDto = (run: {
  id: string;
  status: RunStatus;
  workflowId: string;
  workflowVersion: number;
}): RunAcceptedDto => ({
  runId: formatId('run', run.id),
  status: toNativeStatus(run.status),
  workflowId: formatId('wf', run.workflowId),
  workflowVersion: run.workflowVersion,
});
