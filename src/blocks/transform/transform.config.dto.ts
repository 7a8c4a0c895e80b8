import { IsObject } from 'class-validator';
import type { JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';

/** Builds an object. */
export class TransformConfigDto {
  /**
   * Each member becomes a field of the output. Strings may hold templates, at any depth; a string that is exactly one template keeps the type
   * of its value.
   * @example { "total": "{{input.price | times: 1.08}}", "customer": { "id": "{{input.customerId}}" } }
   */
  @IsObject()
  @FreeForm()
  mapping: JsonObject;
}
