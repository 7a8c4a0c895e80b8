import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';

/** Where a graph goes on in several branches. */
export class SplitConfigDto {
  /**
   * What is passed on; may be a template. The output of the block before by default.
   * @example "{{input.items}}"
   */
  @IsOptional()
  @FreeForm()
  input?: Json;

  /**
   * How many branches an editor draws; its edges say where it goes on.
   * @example 3
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(500)
  branches?: number;
}
