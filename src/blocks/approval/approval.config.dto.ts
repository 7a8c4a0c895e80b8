import { IsArray, IsOptional, IsString, Length } from 'class-validator';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';
import { NumberOrTemplate } from '../templated.decorator.js';

/** Longest wait for a decision in milliseconds: 30 days, as long as a run may last. */
export const LONGEST_EXPIRY_MS = 30 * 24 * 60 * 60 * 1000;

/** Parks the run until somebody approves or rejects. */
export class ApprovalConfigDto {
  /**
   * What is to be decided, shown to whoever decides; may hold templates.
   * @example "Refund {{input.amount}} to {{input.customer}}?"
   */
  @IsOptional()
  @IsString()
  @Length(1, 10_000)
  message?: string;

  /**
   * Facts for the decision, shown with the message; strings may hold templates.
   * @example { "order": "{{input.orderId}}" }
   */
  @IsOptional()
  @FreeForm()
  data?: Json;

  /**
   * Milliseconds within which the decision must be made, at most 30 days; may be a template. By default the run's own time limit.
   * @example 86400000
   */
  @IsOptional()
  @NumberOrTemplate({ minimum: 1, maximum: LONGEST_EXPIRY_MS })
  expiresInMs?: number | string;

  /**
   * Steps that ask for the decision, run before the wait, for example an email. Their templates read `approval.url` (a page to decide on
   * without an API key), `approval.message`, `approval.data` and `approval.expiresAt`.
   * @example [{ "id": "mail", "type": "email", "config": { "to": "boss@example.com", "subject": "Please decide", "body": { "text": "{{approval.url}}" } } }]
   */
  @IsOptional()
  @IsArray()
  @FreeForm()
  notify?: Json;

  /**
   * Ids of the steps that run only after an approval. Without it the workflow goes on with the next step.
   * @example ["refund"]
   */
  @IsOptional()
  @IsString({ each: true })
  approved?: string[];

  /**
   * Ids of the steps that run after a rejection; an empty list goes on after them. Without it a rejection fails the step.
   * @example ["tell-customer"]
   */
  @IsOptional()
  @IsString({ each: true })
  rejected?: string[];

  /**
   * Ids of the steps that run when nobody decided in time. Without it that fails the step.
   * @example ["escalate"]
   */
  @IsOptional()
  @IsString({ each: true })
  timed_out?: string[];
}
