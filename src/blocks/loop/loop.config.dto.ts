import { IsArray, IsDefined, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';

/** Roots of templates other than the two that a loop gives its steps by default. */
const NAME =
  /^(?!(?:input|variables|steps|connection|run|runId|now|true|false|nil|null|empty|blank)$)[A-Za-z_]\w{0,63}$/;
const NAME_RULE =
  'must be a name of letters, digits and "_" that is not input, variables, steps, connection, run, runId or now';

/** Runs steps once for each element of a list. */
export class LoopConfigDto {
  /**
   * The list, usually a template. Its elements are fixed when the loop starts.
   * @example "{{input.customers}}"
   */
  @IsDefined()
  @FreeForm()
  collection: Json;

  /**
   * The steps of one iteration, at most 100. Their templates read the element and its number, each other, and the steps before the loop.
   * @example [{ "id": "greet", "type": "transform", "config": { "mapping": { "text": "Hello {{item.name}}" } } }]
   */
  @IsArray()
  @FreeForm()
  steps: Json;

  /**
   * Under which name the steps read the element; `item` by default.
   * @example customer
   */
  @IsOptional()
  @Matches(NAME, { message: NAME_RULE })
  itemVariable?: string;

  /**
   * Under which name the steps read the number of the element, from 0; `index` by default.
   * @example index
   */
  @IsOptional()
  @Matches(NAME, { message: NAME_RULE })
  indexVariable?: string;

  /**
   * Iterations at the same time; 1 by default: one after the other.
   * @example 5
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  concurrency?: number;

  /**
   * Longest list that is taken; a longer one fails the step. 100 by default.
   * @example 1000
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxIterations?: number;
}
