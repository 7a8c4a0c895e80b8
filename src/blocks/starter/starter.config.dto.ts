import { IsBoolean, IsIn, IsInt, IsISO8601, IsObject, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { JsonObject } from '#libs/json-guard';
import { INTERVAL_UNITS, type IntervalUnit } from '#libs/schedule';
import { FreeForm } from '../../platform/http/index.js';

/** Where a run begins. In a graph, also the schedule by which it starts by itself. */
export class StarterConfigDto {
  /**
   * Defaults of the run's input; strings may hold templates.
   * @example { "language": "en" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  input?: JsonObject;

  /**
   * Whether the schedule starts runs, while the workflow is deployed.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  schedule_enabled?: boolean;

  /**
   * `cron` or `interval`; of what is given by default.
   * @example cron
   */
  @IsOptional()
  @IsIn(['cron', 'interval'])
  schedule_type?: 'cron' | 'interval';

  /**
   * How many units lie between two runs.
   * @example 15
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(525_600)
  schedule_interval_value?: number;

  /**
   * What is counted.
   * @example minutes
   */
  @IsOptional()
  @IsIn(INTERVAL_UNITS)
  schedule_interval_unit?: IntervalUnit;

  /**
   * Minute, hour, day of month, month and day of week.
   * @example "0 9 * * 1-5"
   */
  @IsOptional()
  @IsString()
  @Length(0, 255)
  schedule_cron?: string;

  /**
   * IANA time zone of the cron expression; UTC by default.
   * @example Europe/Berlin
   */
  @IsOptional()
  @IsString()
  @Length(0, 100)
  schedule_timezone?: string;

  /**
   * No run before this time (ISO 8601).
   * @example 2026-12-01T00:00:00Z
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  schedule_start_at?: string;

  /**
   * No run after this time (ISO 8601).
   * @example 2027-12-01T00:00:00Z
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  schedule_end_at?: string;

  /**
   * How many runs it starts in all.
   * @example 100
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  schedule_max_runs?: number;
}
