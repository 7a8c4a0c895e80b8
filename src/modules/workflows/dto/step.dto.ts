import {
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { Type } from 'class-transformer';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';
import { LONGEST_MS } from '../definition.js';

/** How often a failed step is tried again, and when. */
export class RetryDto {
  /**
   * Attempts in total, the first included.
   * @example 3
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(20)
  maxAttempts?: number;

  /**
   * Milliseconds before the second attempt.
   * @example 1000
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(86_400_000)
  initialDelayMs?: number;

  /**
   * By how much each further delay grows; ±20 % jitter is added.
   * @example 2
   */
  @IsOptional()
  @IsNumber()
  @Min(1)
  @Max(10)
  factor?: number;

  /**
   * Longest delay in milliseconds.
   * @example 60000
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(86_400_000)
  maxDelayMs?: number;
}

/** What a step that failed for good means for the run. */
export class ErrorHandlingDto {
  /**
   * `fail` ends the run as failed; `continue` goes on with `fallback` as the step's output.
   * @example continue
   */
  @IsIn(['fail', 'continue'])
  strategy: 'fail' | 'continue';

  /**
   * The step's output when it failed and the run goes on; null by default.
   * @example { "rate": 0 }
   */
  @IsOptional()
  @FreeForm()
  fallback?: Json;
}

/** One step of a workflow. Which members `config` takes depends on `type`. */
export class StepDto {
  /**
   * Unique within the workflow; later steps read this one's output as `steps.<id>.output`.
   * @example calculate-total
   */
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,100}$/, { message: 'must be 1 to 100 letters, digits, "-" or "_"' })
  id: string;

  /**
   * The block type.
   * @example transform
   */
  @IsString()
  @Length(1, 100)
  type: string;

  /**
   * Shown in records and errors.
   * @example "Calculate Order Total"
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  name?: string;

  /**
   * The block's configuration. Every string in it may hold `{{ … }}` templates.
   * @example { "mapping": { "total": "{{input.price | times: 1.08}}" } }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  config?: Record<string, unknown>;

  /** How often the step is tried again; the block type's own default applies without it. */
  @IsOptional()
  @ValidateNested()
  @Type(() => RetryDto)
  retry?: RetryDto;

  /** Same as `retry`. */
  @IsOptional()
  @ValidateNested()
  @Type(() => RetryDto)
  retryConfig?: RetryDto;

  /**
   * Limit of one attempt in milliseconds. Steps that call out have 30 seconds by default.
   * @example 10000
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LONGEST_MS)
  timeoutMs?: number;

  /**
   * What a step that failed for good means for the run; `continue` goes on with null as its output.
   * @example fail
   */
  @IsOptional()
  @IsIn(['fail', 'continue'])
  onError?: 'fail' | 'continue';

  /** Like `onError`, with a fallback output. */
  @IsOptional()
  @ValidateNested()
  @Type(() => ErrorHandlingDto)
  errorHandling?: ErrorHandlingDto;

  /**
   * For `type: action`: the connector and its operation.
   * @example stripe.createInvoice
   */
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/, { message: 'must be "connector.operation"' })
  action?: string;
}
