import { ArrayMaxSize, IsArray, IsOptional, IsString, Length } from 'class-validator';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';

/** Decides between two branches. Exactly one of `expression`, `condition` and `conditions` is given. */
export class ConditionConfigDto {
  /**
   * Comparisons, `and`, `or`, `not` and arithmetic over paths and templates.
   * @example input.amount > 5000 and input.currency == "usd"
   */
  @IsOptional()
  @IsString()
  @Length(1, 4_000)
  expression?: string;

  /**
   * An expression, `{left, operator, right}`, or `{and: […]}`, `{or: […]}`, `{not: …}` of such. Operators: eq, ne, gt, gte, lt, lte,
   * contains, in, notIn, startsWith, endsWith, matches, exists, isEmpty.
   * @example { "left": "{{input.amount}}", "operator": "gt", "right": 5000 }
   */
  @IsOptional()
  @FreeForm()
  condition?: Json;

  /**
   * Same as `condition`; of a list, all must hold.
   * @example [{ "left": "{{input.email}}", "operator": "exists" }, { "left": "{{input.amount}}", "operator": "gt", "right": 0 }]
   */
  @IsOptional()
  @FreeForm()
  conditions?: Json;

  /**
   * Ids of the steps that run only when the condition holds. They stand later in the list of steps.
   * @example ["create-invoice"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(500)
  @IsString({ each: true })
  // oxlint-disable-next-line unicorn/no-thenable -- the contract's word, and nobody awaits a configuration
  then?: string[];

  /**
   * Ids of the steps that run only when it does not.
   * @example ["send-reminder"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(500)
  @IsString({ each: true })
  else?: string[];
}
