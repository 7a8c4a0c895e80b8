import { Injectable } from '@nestjs/common';
import { decodeCursor, type Page, toPage } from '../../../platform/http/index.js';
import type { Caller } from '../../auth/index.js';
import { deliveryNotFound } from '../webhook.errors.js';
import type { WebhookEntity } from '../webhook.entity.js';
import { WebhookReader } from '../webhook-reader.js';
import { type DeliveryDto, type ListDeliveriesQuery, toDeliveryDto } from './delivery.dto.js';
import { DeliveryRepository } from './delivery.repository.js';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity.js';

@Injectable()
export class Deliveries {
  constructor(
    private readonly webhooks: WebhookReader,
    private readonly deliveries: DeliveryRepository,
  ) {}

  async list(caller: Caller, webhookId: string, query: ListDeliveriesQuery): Promise<Page<DeliveryDto>> {
    await this.webhooks.getVisible(caller, webhookId);
    const { limit, cursor, outcome } = query;
    const rows = await this.deliveries.list(caller.organizationId, webhookId, {
      limit: limit + 1,
      ...(outcome !== undefined && { outcome }),
      ...(cursor !== undefined && { before: decodeCursor(cursor) }),
    });
    return toPage(rows, limit, toDeliveryDto);
  }

  /** @throws DomainError NOT_FOUND */
  async getVisible(
    caller: Caller,
    webhookId: string,
    id: string,
  ): Promise<{ webhook: WebhookEntity; delivery: WebhookDeliveryEntity }> {
    const webhook = await this.webhooks.getVisible(caller, webhookId);
    const delivery = await this.deliveries.find(caller.organizationId, webhookId, id);
    if (!delivery) throw deliveryNotFound();
    return { webhook, delivery };
  }
}
