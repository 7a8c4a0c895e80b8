import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/index.js';
import { INSERT_DELIVERIES } from '../sql/insert-deliveries.sql.js';
import { REMOVE_OLD_DELIVERIES } from '../sql/remove-old-deliveries.sql.js';
import { type DeliveryOutcome, WebhookDeliveryEntity } from './webhook-delivery.entity.js';

/** Which deliveries of a webhook to list. */
export interface DeliveryFilter {
  outcome?: DeliveryOutcome;
  /** Only older than this one. */
  before?: string;
  limit: number;
}

@Injectable()
export class DeliveryRepository {
  constructor(private readonly database: Database) {}

  find(organizationId: string, webhookId: string, id: string): Promise<WebhookDeliveryEntity | null> {
    return this.database.manager.findOneBy(WebhookDeliveryEntity, { organizationId, webhookId, id });
  }

  /** Newest first. */
  list(
    organizationId: string,
    webhookId: string,
    { outcome, before, limit }: DeliveryFilter,
  ): Promise<WebhookDeliveryEntity[]> {
    const query = this.database.manager
      .createQueryBuilder(WebhookDeliveryEntity, 'delivery')
      .where('delivery.organizationId = :organizationId', { organizationId })
      .andWhere('delivery.webhookId = :webhookId', { webhookId })
      .orderBy('delivery.id', 'DESC')
      .limit(limit);
    if (outcome !== undefined) query.andWhere('delivery.outcome = :outcome', { outcome });
    if (before !== undefined) query.andWhere('delivery.id < :before', { before });
    return query.getMany();
  }

  /** One statement of its own for all of them; the calls that they tell of have been answered. */
  async insertAll(deliveries: readonly WebhookDeliveryEntity[]): Promise<void> {
    await this.database.run(INSERT_DELIVERIES, [JSON.stringify(deliveries.map(toItem))]);
  }

  /** @returns how many of the organization's deliveries with ids below `below` were removed, at most `limit` */
  async removeOld(organizationId: string, below: string, limit: number): Promise<number> {
    const { rowCount } = await this.database.run(REMOVE_OLD_DELIVERIES, [organizationId, below, limit]);
    return rowCount ?? 0;
  }
}

const toItem = (delivery: WebhookDeliveryEntity) => ({
  organization_id: delivery.organizationId,
  id: delivery.id,
  webhook_id: delivery.webhookId,
  received_at: delivery.receivedAt,
  outcome: delivery.outcome,
  reason: delivery.reason,
  status: delivery.status,
  run_id: delivery.runId,
  event_id: delivery.eventId,
  path: delivery.path,
  headers: delivery.headers,
  body: delivery.body?.toString('base64') ?? null,
  body_size: delivery.bodySize,
  address: delivery.address,
  replay_of: delivery.replayOf,
});
