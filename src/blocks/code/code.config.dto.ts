import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';

/** Runs a piece of code. */
export class CodeConfigDto {
  /**
   * The code, at most 65,536 characters; never a template. It reads `input_data` and earlier steps by their ids, and leaves its result in
   * `output` or `result`, or returns it.
   * @example "output = {'total': sum(item['price'] for item in input_data['items'])}"
   */
  @IsString()
  @Length(1, 65_536)
  code: string;

  /** Default: Python, unless the code plainly is JavaScript. */
  @IsOptional()
  @IsIn(['python', 'javascript'])
  language?: 'python' | 'javascript';

  /**
   * Longest time for one run of the code, in milliseconds.
   * @default 5000
   * @example 2000
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(30_000)
  timeoutMs?: number;

  /**
   * Most memory of the code, in MiB. JavaScript has at least 16.
   * @default 64
   * @example 32
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  memoryMb?: number;

  /**
   * What the code reads as `input_data`; its strings may hold templates. Default: the output of the step before, which for the first one is
   * the run's input.
   * @example "{{input.order}}"
   */
  @IsOptional()
  @FreeForm()
  input?: Json;
}
