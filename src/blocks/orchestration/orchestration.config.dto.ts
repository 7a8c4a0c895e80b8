import { IsBoolean, IsOptional, IsString, Length } from 'class-validator';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';

/** Runs another workflow of the organization. */
export class OrchestrationConfigDto {
  /**
   * The workflow, which must be active; may be a template.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  workflowId?: string;

  /**
   * Same as `workflowId`.
   * @example 019b7c2e-4567-7abc-89ab-0123456789ab
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  orchestration_id?: string;

  /**
   * Input of the run: an object whose strings may hold templates, or one template that gives an object. Empty by default.
   * @example { "orderId": "{{input.orderId}}" }
   */
  @IsOptional()
  @FreeForm()
  input?: Json;

  /**
   * `true` (the default) waits for the run and goes on with its output; `false` goes on at once.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  wait?: boolean;
}
