import { ArrayMaxSize, IsArray, IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { LONGEST_MS, PAYLOAD_STORES, type PayloadStore } from '../definition.js';

/** Limits of the workflow's runs, and what is kept of them. */
export class WorkflowSettingsDto {
  /**
   * Longest a run may take from its first start, waits included, in milliseconds. 24 hours by default, 30 days at most.
   * @example 3600000
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LONGEST_MS)
  maxDurationMs?: number;

  /**
   * Longest a run may stay queued, in milliseconds. 24 hours by default, 30 days at most.
   * @example 600000
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LONGEST_MS)
  queueTtlMs?: number;

  /**
   * What is kept of a run's payloads. `full`: everything, until retention removes the run. `metadata`: statuses, times and error codes; the
   * output can be read until 5 minutes after the end. `none`: like `metadata`, and its steps and events are removed too. Until then, payloads are
   * stored encrypted.
   * @example full
   */
  @IsOptional()
  @IsIn(PAYLOAD_STORES)
  store?: PayloadStore;

  /**
   * Places whose values are never shown nor stored in clear, in input, output, variables and the steps' inputs and outputs. `*` stands for all
   * members or items. The same value elsewhere in the run is hidden too.
   * @example ["input.card.number", "steps.charge.output.token", "input.items[*].ssn"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  redact?: string[];
}
