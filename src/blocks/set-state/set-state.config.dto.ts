import { IsObject, IsOptional, IsString } from 'class-validator';
import type { Json, JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';

/** Sets workflow variables: several by `variables`, or one by `name` (or `key`) and `value`. */
export class SetStateConfigDto {
  /**
   * Value of each variable, by name; strings may hold templates.
   * @example { "attempts": 1, "currency": "{{input.currency}}" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  variables?: JsonObject;

  /**
   * Name of a single variable.
   * @example currency
   */
  @IsOptional()
  @IsString()
  name?: string;

  /**
   * Same as `name`.
   * @example currency
   */
  @IsOptional()
  @IsString()
  key?: string;

  /**
   * Value of the single variable; strings may hold templates.
   * @example "{{input.currency}}"
   */
  @IsOptional()
  @FreeForm()
  value?: Json;
}
