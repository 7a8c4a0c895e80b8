import { Injectable } from '@nestjs/common';
import { newId } from '#libs/ids';
import { type JsonObject, parseGuarded } from '#libs/json-guard';
import { DomainError } from '../../../platform/errors/index.js';
import type { Caller } from '../../auth/index.js';
import { payloadErased, ReplayRun, type StartedRun, StartRun } from '../../runs/index.js';
import { toInput } from '../receive/webhook-input.js';
import type { WebhookEntity } from '../webhook.entity.js';
import { Deliveries } from './deliveries.js';
import { DeliveryRepository } from './delivery.repository.js';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity.js';

/** Starts a new run with what a delivery has brought, in the workflow's current version. */
@Injectable()
export class ReplayDelivery {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly repository: DeliveryRepository,
    private readonly runs: ReplayRun,
    private readonly starter: StartRun,
  ) {}

  /**
   * @returns the delivery that tells of it
   * @throws DomainError NOT_FOUND, PAYLOAD_ERASED, and whatever StartRun throws
   */
  async execute(caller: Caller, webhookId: string, id: string, requestId: string): Promise<WebhookDeliveryEntity> {
    const { webhook, delivery } = await this.deliveries.getVisible(caller, webhookId, id);
    const { runId } = await (delivery.runId === null
      ? this.startAgain(caller, webhook, delivery, requestId)
      : this.repeatRun(caller, delivery.runId, requestId));
    const replay: WebhookDeliveryEntity = {
      ...delivery,
      id: newId(),
      receivedAt: new Date(),
      outcome: 'accepted',
      reason: null,
      status: 202,
      runId,
      body: null,
      address: null,
      replayOf: delivery.id,
    };
    await this.repository.insertAll([replay]);
    return replay;
  }

  /** The run has the payload as its input, as long as it is kept. */
  private async repeatRun(caller: Caller, runId: string, requestId: string): Promise<StartedRun> {
    try {
      return await this.runs.execute(caller, runId, { version: 'current', idempotencyKey: null, requestId });
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'not_found') throw gone();
      throw error;
    }
  }

  private async startAgain(
    caller: Caller,
    { origin, workflowId }: WebhookEntity,
    { body, headers, bodySize }: WebhookDeliveryEntity,
    requestId: string,
  ): Promise<StartedRun> {
    if (body === null && bodySize > 0) throw gone();
    const rawBody = body ?? Buffer.alloc(0);
    const json = jsonOf(rawBody);
    const input: JsonObject = toInput(origin, { headers, rawBody, ...(json !== undefined && { json }) });
    return this.starter.execute(caller, {
      workflowId,
      input,
      connectionId: null,
      idempotencyKey: null,
      trigger: 'webhook',
      requestId,
      awaited: false,
    });
  }
}

const gone = () => payloadErased('What this delivery has brought is not kept any more');

function jsonOf(body: Buffer) {
  try {
    return parseGuarded(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
