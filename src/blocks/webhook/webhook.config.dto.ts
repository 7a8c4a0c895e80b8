import { IsIn, IsObject, IsOptional, IsString, Length } from 'class-validator';
import type { JsonObject } from '#libs/json-guard';
import { FreeForm } from '../../platform/http/index.js';

/** A webhook that starts the workflow. */
export class WebhookConfigDto {
  /**
   * UUID, unique on the server: the webhook's address is `/api/webhooks/<webhook_id>`. A graph's block needs one.
   * @example 6f0f3b1e-5a55-4d6a-9d7e-0d6f6c9f9a11
   */
  @IsOptional()
  @IsString()
  @Length(0, 100)
  webhook_id?: string;

  /**
   * What callers send as `Authorization: Bearer …` or `?token=…`, or sign with. A graph's block needs one. Stored encrypted.
   * @example 0d9f2f7c-52a5-4b0f-8a53-0b1f7c0f3a77
   */
  @IsOptional()
  @IsString()
  @Length(0, 4_000)
  webhook_secret?: string;

  /**
   * What a call is answered with. `result` (the default): 200 with the run's output. `accept`: 202 as soon as the run is stored. `respond`: what the response
   * block says, with its status and headers.
   * @example result
   */
  @IsOptional()
  @IsIn(['result', 'accept', 'respond'])
  answer?: 'result' | 'accept' | 'respond';

  /**
   * How a call proves where it comes from; `{"scheme": "bearer"}` by default. The same as `verification` of `/api/v1/webhooks`.
   * @example { "scheme": "github" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  verification?: JsonObject;
}
