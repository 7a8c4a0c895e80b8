import { IntersectionType } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../../../platform/http/index.js';
import { RUN_TRIGGERS, type RunTrigger } from '../run.entity.js';
import type { NativeRunStatus } from '../run.status.js';
import { NATIVE_STATUSES } from './run.dto.js';

/** Which runs; each member given narrows it. */
export class RunFilterDto {
  /**
   * Only runs of this workflow.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  workflowId?: string;

  /**
   * Only runs in this status.
   * @example failed
   */
  @IsOptional()
  @IsIn(NATIVE_STATUSES)
  status?: NativeRunStatus;

  /**
   * Only runs that were started this way.
   * @example api
   */
  @IsOptional()
  @IsIn(RUN_TRIGGERS)
  trigger?: RunTrigger;

  /**
   * Only runs created at this time or later (ISO 8601).
   * @example 2026-11-01T00:00:00Z
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;

  /**
   * Only runs created before this time (ISO 8601).
   * @example 2026-12-01T00:00:00Z
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;
}

/** Which runs to list. */
export class ListRunsQuery extends IntersectionType(RunFilterDto, PageQuery) {}
