import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../../platform/http/index.js';

/** Words for the two decisions; both forms of each are taken. */
export const DECISIONS = {
  approve: 'approved',
  approved: 'approved',
  reject: 'rejected',
  rejected: 'rejected',
} as const;

/** A decision that a run waits for. */
export class DecisionDto {
  /**
   * `approve` or `reject`; `approved` and `rejected` mean the same.
   * @example approve
   */
  @IsIn(Object.keys(DECISIONS))
  decision: keyof typeof DECISIONS;

  /**
   * Why; part of the step's output.
   * @example "Checked with accounting"
   */
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  comment?: string;

  /**
   * Anything the steps that follow should know; part of the step's output.
   * @example { "limit": 500 }
   */
  @IsOptional()
  @FreeForm()
  data?: Json;
}

/** A decision that was taken. */
export class DecidedDto {
  /**
   * The run, which goes on.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  runId: string;

  /**
   * The step that waited.
   * @example approve-refund
   */
  stepId: string;

  /**
   * What was decided.
   * @example approved
   */
  @IsIn(['approved', 'rejected'])
  decision: 'approved' | 'rejected';
}
