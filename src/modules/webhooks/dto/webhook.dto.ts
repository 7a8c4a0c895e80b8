import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Length, Max, Min, ValidateNested } from 'class-validator';
import { formatId } from '#libs/ids';
import { PageQuery } from '../../../platform/http/index.js';
import { WEBHOOK_ANSWERS, type WebhookAnswer, WebhookVerificationDto } from '../../workflows/index.js';
import { WEBHOOK_ORIGINS, type WebhookEntity, type WebhookOrigin } from '../webhook.entity.js';

/** A new webhook of a workflow. */
export class CreateWebhookDto {
  /**
   * The workflow that it runs. Its state decides whether calls are let in.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  @IsString()
  @Length(1, 100)
  workflowId: string;

  /**
   * To tell it from others; at most 255 characters.
   * @example "Orders of the shop"
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  name?: string | null;

  /** How the sender proves itself; by default it sends the secret (`bearer`). */
  @IsOptional()
  @ValidateNested()
  @Type(() => WebhookVerificationDto)
  verification?: WebhookVerificationDto;

  /**
   * `accept`: 202 with the run's id at once. `respond`: the output, status and headers of the workflow's response step, within 60 seconds.
   * `result`: the run's output and id, within 300 seconds. `accept` by default.
   * @example accept
   */
  @IsOptional()
  @IsIn(WEBHOOK_ANSWERS)
  answer?: WebhookAnswer;

  /**
   * A secret that the sender has made, such as Stripe's `whsec_…`; it is never shown again. Without it the server makes one.
   * @example whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
   */
  @IsOptional()
  @IsString()
  @Length(8, 500)
  secret?: string;
}

/** A change of a webhook. Members left out stay as they are. */
export class UpdateWebhookDto {
  /**
   * To tell it from others; null takes it away.
   * @example "Orders of the shop"
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  name?: string | null;

  /**
   * Whether calls are let in.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;

  /** How the sender proves itself. Replaces all of it; the secret stays. */
  @IsOptional()
  @ValidateNested()
  @Type(() => WebhookVerificationDto)
  verification?: WebhookVerificationDto;

  /**
   * How calls are answered.
   * @example respond
   */
  @IsOptional()
  @IsIn(WEBHOOK_ANSWERS)
  answer?: WebhookAnswer;
}

/** A new secret for a webhook. */
export class RotateWebhookSecretDto {
  /**
   * For how many seconds the old secret stays good beside the new one, at most 86400. 0 by default: it ends at once.
   * @example 3600
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(86_400)
  overlapSeconds?: number;

  /**
   * A secret that the sender has made; it is not shown again. Without it the server makes one.
   * @example whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
   */
  @IsOptional()
  @IsString()
  @Length(8, 500)
  secret?: string;
}

/** Which webhooks to list. */
export class ListWebhooksQuery extends PageQuery {
  /**
   * Only those of this workflow.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  workflowId?: string;
}

/** An address at which another system starts runs of a workflow. */
export class WebhookDto {
  /**
   * Unique identifier of the webhook.
   * @example hook_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * The address to give to the sender.
   * @example https://runhook.example.com/api/webhooks/019b7c2e-4567-7abc-89ab-0123456789ab
   */
  url: string;

  /**
   * The workflow that it runs.
   * @example wf_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  workflowId: string;

  /**
   * Its name, if it has one.
   * @example "Orders of the shop"
   */
  name: string | null;

  /**
   * `api`: made and changed here. `trigger`, `graph`: made by the trigger of the workflow or a block of its graph, and changed with the workflow.
   * @example api
   */
  @IsIn(WEBHOOK_ORIGINS)
  origin: WebhookOrigin;

  /**
   * The block of the graph that it is; null for other origins.
   * @example hook
   */
  blockId: string | null;

  /** How the sender proves itself. */
  verification: WebhookVerificationDto;

  /**
   * How calls are answered.
   * @example accept
   */
  @IsIn(WEBHOOK_ANSWERS)
  answer: WebhookAnswer;

  /**
   * Whether calls are let in while the workflow is active.
   * @example true
   */
  enabled: boolean;

  /**
   * Until when the secret before the current one is good too (ISO 8601); null: it is not.
   * @example 2026-11-24T11:00:00.000Z
   */
  previousSecretUntil: string | null;

  /**
   * When it was created (ISO 8601).
   * @example 2026-11-24T10:00:00.000Z
   */
  createdAt: string;

  /**
   * When it was last changed (ISO 8601).
   * @example 2026-11-24T10:00:00.000Z
   */
  updatedAt: string;
}

/** A webhook with a secret that was just made. */
export class WebhookWithSecretDto extends WebhookDto {
  /**
   * What the sender proves itself with; shown once. Null where the sender has made it.
   * @example whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDWPnKQ7mT1x4=
   */
  secret: string | null;
}

/** @param baseUrl of the server, without a slash at the end */
export function toWebhookDto(webhook: WebhookEntity, baseUrl: string): WebhookDto {
  const { previousSecretUntil: until } = webhook;
  return {
    id: formatId('hook', webhook.id),
    url: `${baseUrl}/api/webhooks/${webhook.id}`,
    workflowId: formatId('wf', webhook.workflowId),
    name: webhook.name,
    origin: webhook.origin,
    blockId: webhook.blockId,
    verification: webhook.verification,
    answer: webhook.answer,
    enabled: webhook.enabled,
    previousSecretUntil: until && until.getTime() > Date.now() ? until.toISOString() : null,
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
}
