import type { Believed, WebhookCall } from '../receive/webhook-call.js';
import { RequestMask } from './masked-request.js';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity.js';

/** What came of a call. */
export type DeliveryResult = Pick<WebhookDeliveryEntity, 'outcome' | 'reason' | 'status'> &
  Partial<Pick<WebhookDeliveryEntity, 'runId' | 'eventId' | 'body'>>;

/** A call as it is written down. */
export function deliveryOf(
  { hook, secrets }: Believed,
  call: WebhookCall,
  { runId = null, eventId = null, body = null, ...result }: DeliveryResult,
): WebhookDeliveryEntity {
  const mask = new RequestMask(secrets, hook.verification.header);
  return {
    organizationId: hook.organizationId,
    id: call.deliveryId,
    webhookId: hook.id,
    receivedAt: call.receivedAt,
    ...result,
    runId,
    eventId,
    path: mask.path(call.path),
    headers: mask.headers(call.headers),
    body,
    bodySize: call.rawBody.length,
    address: call.address,
    replayOf: null,
  };
}
