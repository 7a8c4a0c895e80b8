import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import type { Json } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';

/** Largest response body in bytes, decompressed: 5 MiB. */
const LARGEST_RESPONSE = 5 * 1024 * 1024;

/** An HTTP request. */
export class GeneralApiConfigDto {
  /**
   * Address, http or https; may hold templates.
   * @example "https://api.example.com/orders/{{input.orderId}}"
   */
  @IsString()
  @Length(1, 8_000)
  url: string;

  /**
   * GET (the default), HEAD, POST, PUT, PATCH, DELETE or OPTIONS.
   * @example POST
   */
  @IsOptional()
  @IsString()
  @Matches(/^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/i, {
    message: 'must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS',
  })
  method?: string;

  /**
   * Headers by name, or a list of `{key, value}` rows; values may be templates. Null leaves a header out.
   * @example { "authorization": "Bearer {{variables.token}}" }
   */
  @IsOptional()
  @FreeForm()
  headers?: Json;

  /**
   * Query parameters by name, or a list of `{key, value}` rows, added to those in `url`; values may be templates. Null leaves one out, a list
   * repeats it.
   * @example { "currency": "{{input.currency}}", "limit": 50 }
   */
  @IsOptional()
  @FreeForm()
  params?: Json;

  /**
   * Body; strings may hold templates. Text is sent as it is (`text/plain` unless `headers` has a content type), anything else as JSON.
   * @example { "amount": "{{steps.calculate-total.output.total}}" }
   */
  @IsOptional()
  @FreeForm()
  body?: Json;

  /**
   * `json` parses the answer, `text` does not, `auto` (the default) parses what calls itself JSON.
   * @example auto
   */
  @IsOptional()
  @IsIn(['auto', 'json', 'text'])
  responseType?: 'auto' | 'json' | 'text';

  /**
   * Largest answer in bytes, decompressed; 5 MiB by default and at most.
   * @example 1048576
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LARGEST_RESPONSE)
  maxResponseBytes?: number;

  /**
   * Whether an answer outside 2xx fails the step, which is the default.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  failOnStatus?: boolean;

  /**
   * Keeps the body of a successful answer as an artifact of the run with this name, up to 10 MiB, instead of putting it out; the output has
   * `artifact: {name, mediaType, size}` in its place.
   * @example "invoice-{{input.orderId}}.pdf"
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  saveAs?: string;
}
