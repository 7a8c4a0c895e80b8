import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { JsonObject } from '#libs/json-guard';
import { INTERVAL_UNITS, type IntervalUnit } from '#libs/schedule';
import { FreeForm } from '../../../platform/http/index.js';
import { WEBHOOK_ANSWERS, type WebhookAnswer } from '../definition.js';
import { WebhookVerificationDto } from './webhook-verification.dto.js';

/** A distance in time. Days and weeks are 24 and 168 hours, also when clocks change. */
export class IntervalDto {
  /**
   * How many units.
   * @example 15
   */
  @IsInt()
  @Min(1)
  @Max(525_600)
  value: number;

  /**
   * What is counted.
   * @example minutes
   */
  @IsIn(INTERVAL_UNITS)
  unit: IntervalUnit;
}

/** How runs of the workflow start. Whatever the trigger, a request can start one. */
export class TriggerDto {
  /**
   * `api`: by a request. `schedule`: by itself, at the times of `cron` or every `interval`; give exactly one of the two. `webhook`: whenever
   * another system calls the webhook that the server makes for the workflow; see `GET /api/v1/webhooks?workflowId=`.
   * @example api
   */
  @IsIn(['api', 'schedule', 'webhook'], { message: 'must be "api", "schedule" or "webhook"' })
  type: 'api' | 'schedule' | 'webhook';

  /**
   * For `schedule`: minute, hour, day of month, month and day of week.
   * @example "0 9 * * 1-5"
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  cron?: string;

  /** For `schedule`: time between two runs, counted from `startAt` or else from when the workflow was activated. */
  @IsOptional()
  @ValidateNested()
  @Type(() => IntervalDto)
  interval?: IntervalDto;

  /**
   * For `cron`: the IANA time zone whose clocks it follows; UTC by default.
   * @example Europe/Berlin
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  timezone?: string;

  /**
   * For `schedule`: whether it starts runs; true by default.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;

  /**
   * For `schedule`: input of each run; must satisfy the `inputSchema`. An empty object by default.
   * @example { "report": "daily" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  input?: JsonObject;

  /**
   * For `schedule`: no run before this time (ISO 8601). An interval's first run is at it.
   * @example 2026-12-01T00:00:00Z
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  startAt?: string;

  /**
   * For `schedule`: no run after this time (ISO 8601).
   * @example 2027-12-01T00:00:00Z
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  endAt?: string;

  /**
   * For `schedule`: how many runs it starts in all. A changed trigger counts anew.
   * @example 100
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  maxRuns?: number;

  /** For `webhook`: how the sender proves itself; by default it sends the secret (`bearer`). */
  @IsOptional()
  @ValidateNested()
  @Type(() => WebhookVerificationDto)
  verification?: WebhookVerificationDto;

  /**
   * For `webhook`: `accept` answers 202 at once, `respond` with what the response step says, `result` with the run's output. `accept` by
   * default.
   * @example accept
   */
  @IsOptional()
  @IsIn(WEBHOOK_ANSWERS)
  answer?: WebhookAnswer;
}
