import { Injectable } from '@nestjs/common';
import { parseId } from '#libs/ids';
import { decodeCursor, type Page, toPage } from '../../platform/http/index.js';
import type { Caller } from '../auth/index.js';
import { type ListWebhooksQuery, toWebhookDto, type WebhookDto } from './dto/webhook.dto.js';
import type { WebhookEntity } from './webhook.entity.js';
import { webhookNotFound } from './webhook.errors.js';
import { WebhookRepository } from './webhook.repository.js';

@Injectable()
export class WebhookReader {
  constructor(private readonly webhooks: WebhookRepository) {}

  /**
   * A key that is bound to workflows sees the webhooks of those only.
   * @throws DomainError NOT_FOUND
   */
  async getVisible({ organizationId, workflowIds }: Caller, id: string): Promise<WebhookEntity> {
    const webhook = await this.webhooks.find(organizationId, id);
    if (!webhook || (workflowIds && !workflowIds.includes(webhook.workflowId))) throw webhookNotFound();
    return webhook;
  }

  async get(caller: Caller, id: string, baseUrl: string): Promise<WebhookDto> {
    return toWebhookDto(await this.getVisible(caller, id), baseUrl);
  }

  async list(
    caller: Caller,
    { limit, cursor, workflowId }: ListWebhooksQuery,
    baseUrl: string,
  ): Promise<Page<WebhookDto>> {
    const workflow = workflowId === undefined ? undefined : parseId('wf', workflowId);
    if (workflow === null) return { data: [], cursor: null, hasMore: false };
    const rows = await this.webhooks.list(caller.organizationId, {
      limit: limit + 1,
      ...(workflow !== undefined && { workflowId: workflow }),
      ...(caller.workflowIds !== undefined && { within: caller.workflowIds }),
      ...(cursor !== undefined && { before: decodeCursor(cursor) }),
    });
    return toPage(rows, limit, (row) => toWebhookDto(row, baseUrl));
  }
}
