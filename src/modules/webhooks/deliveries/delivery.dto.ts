import { IsIn, IsOptional } from 'class-validator';
import { formatId } from '#libs/ids';
import { FreeForm, PageQuery } from '../../../platform/http/index.js';
import { DELIVERY_OUTCOMES, type DeliveryOutcome, type WebhookDeliveryEntity } from './webhook-delivery.entity.js';

/** Which deliveries to list. */
export class ListDeliveriesQuery extends PageQuery {
  /**
   * Only those with this outcome.
   * @example refused
   */
  @IsOptional()
  @IsIn(DELIVERY_OUTCOMES)
  outcome?: DeliveryOutcome;
}

/** One call of a webhook. Secrets in it are masked. */
export class DeliveryDto {
  /**
   * Unique identifier of the delivery.
   * @example dlv_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * The webhook that was called.
   * @example hook_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  webhookId: string;

  /**
   * When it came in (ISO 8601).
   * @example 2026-11-24T10:00:00.000Z
   */
  receivedAt: string;

  /**
   * `accepted`: it was let in. `duplicate`: its event had a run already. `refused`: it started nothing.
   * @example refused
   */
  @IsIn(DELIVERY_OUTCOMES)
  outcome: DeliveryOutcome;

  /**
   * Why it was refused: `MISSING_SECRET`, `BAD_SECRET`, `MISSING_SIGNATURE`, `MALFORMED_SIGNATURE`, `BAD_SIGNATURE`, `TIMESTAMP_OUT_OF_TOLERANCE`,
   * `NOT_ACTIVE`, `DISABLED`, or the code of the error. Null otherwise.
   * @example NOT_ACTIVE
   */
  reason: string | null;

  /**
   * HTTP status of the answer.
   * @example 403
   */
  status: number;

  /**
   * The run of the event; null where there is none.
   * @example run_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  runId: string | null;

  /**
   * The sender's id of the event, if it has one.
   * @example evt_1NG8Du2eZvKYlo2CUI79vXWy
   */
  eventId: string | null;

  /**
   * Path and query of the call.
   * @example "/api/webhooks/019b7c2e-4567-7abc-89ab-0123456789ab?token=[redacted]"
   */
  path: string;

  /**
   * Headers of the call; at most 8 KB of them.
   * @example { "content-type": "application/json", "authorization": "[redacted]" }
   */
  @FreeForm()
  headers: Record<string, string>;

  /**
   * Size of the body, in bytes.
   * @example 512
   */
  bodySize: number;

  /**
   * Address of the caller.
   * @example 203.0.113.7
   */
  address: string | null;

  /**
   * The delivery that this one repeats; null for a call of the sender's.
   * @example dlv_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  replayOf: string | null;
}

/** A delivery with its body. */
export class DeliveryWithBodyDto extends DeliveryDto {
  /**
   * The body as text, where it is kept: of a call that was believed and started no run. What others have sent is the input of their run.
   * @example '{"order":7}'
   */
  body: string | null;
}

export function toDeliveryDto(delivery: WebhookDeliveryEntity): DeliveryDto {
  const { runId, replayOf } = delivery;
  return {
    id: formatId('dlv', delivery.id),
    webhookId: formatId('hook', delivery.webhookId),
    receivedAt: delivery.receivedAt.toISOString(),
    outcome: delivery.outcome,
    reason: delivery.reason,
    status: delivery.status,
    runId: runId && formatId('run', runId),
    eventId: delivery.eventId,
    path: delivery.path,
    headers: delivery.headers,
    bodySize: delivery.bodySize,
    address: delivery.address,
    replayOf: replayOf && formatId('dlv', replayOf),
  };
}

export const toDeliveryWithBodyDto = (delivery: WebhookDeliveryEntity): DeliveryWithBodyDto => ({
  ...toDeliveryDto(delivery),
  body: delivery.body?.toString('utf8') ?? null,
});
