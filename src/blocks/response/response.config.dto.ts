import { IsObject, IsOptional } from 'class-validator';
import type { Json, JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';
import { NumberOrTemplate } from '../templated.decorator.js';

/** Ends the run with an output. */
export class ResponseConfigDto {
  /**
   * The run's output; strings may hold templates. Absent or `{}`: the output of the step before.
   * @example { "invoiceId": "{{steps.create-invoice.output.id}}" }
   */
  @IsOptional()
  @FreeForm()
  output?: Json;

  /**
   * HTTP status of the answer to a webhook; may be a template.
   * @example 200
   */
  @IsOptional()
  @NumberOrTemplate({ minimum: 100, maximum: 599 })
  status?: number | string;

  /**
   * Headers of the answer to a webhook, by name; values may be templates.
   * @example { "x-order": "{{input.orderId}}" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  headers?: JsonObject;
}
