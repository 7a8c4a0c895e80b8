import { Injectable } from '@nestjs/common';
import type { ObjectLiteral } from 'typeorm';
import { Database, type Tx } from '../../platform/database/index.js';
import { WebhookEntity } from './webhook.entity.js';

export type NewWebhook = Omit<WebhookEntity, 'createdAt' | 'updatedAt' | 'previousSecret' | 'previousSecretUntil'>;

export type WebhookChange = Partial<
  Pick<
    WebhookEntity,
    'name' | 'enabled' | 'verification' | 'answer' | 'blockId' | 'secret' | 'previousSecret' | 'previousSecretUntil'
  >
>;

/** Which webhooks to list. */
export interface WebhookFilter {
  workflowId?: string;
  /** Only of these workflows. */
  within?: readonly string[];
  /** Only with a lower id. */
  before?: string;
  limit: number;
}

@Injectable()
export class WebhookRepository {
  constructor(private readonly database: Database) {}

  find(organizationId: string, id: string): Promise<WebhookEntity | null> {
    return this.database.manager.findOneBy(WebhookEntity, { organizationId, id });
  }

  /** Highest id first, which for those that the server has named is newest first. */
  list(organizationId: string, { workflowId, within, before, limit }: WebhookFilter): Promise<WebhookEntity[]> {
    const query = this.database.manager
      .createQueryBuilder(WebhookEntity, 'webhook')
      .where('webhook.organizationId = :organizationId', { organizationId })
      .orderBy('webhook.id', 'DESC')
      .limit(limit);
    if (workflowId !== undefined) query.andWhere('webhook.workflowId = :workflowId', { workflowId });
    if (within !== undefined) query.andWhere('webhook.workflowId = any(:within)', { within });
    if (before !== undefined) query.andWhere('webhook.id < :before', { before });
    return query.getMany();
  }

  /** Those that the definition of a workflow has made, locked. */
  lockDefined(tx: Tx, organizationId: string, workflowId: string): Promise<WebhookEntity[]> {
    return tx
      .createQueryBuilder(WebhookEntity, 'webhook')
      .where('webhook.organizationId = :organizationId and webhook.workflowId = :workflowId', {
        organizationId,
        workflowId,
      })
      .andWhere(`webhook.origin <> 'api'`)
      .orderBy('webhook.id')
      .setLock('pessimistic_write')
      .getMany();
  }

  /** @returns false when somebody has a webhook of this id already */
  async insert(tx: Tx, webhook: NewWebhook): Promise<boolean> {
    const rows = await tx.query<unknown[]>(INSERT_WEBHOOK, [
      webhook.id,
      webhook.organizationId,
      webhook.workflowId,
      webhook.blockId,
      webhook.origin,
      webhook.name,
      JSON.stringify(webhook.verification),
      webhook.secret,
      webhook.answer,
      webhook.enabled,
    ]);
    return rows.length > 0;
  }

  /** @returns false when there is no such webhook */
  async update(tx: Tx, organizationId: string, id: string, change: WebhookChange): Promise<boolean> {
    const { affected } = await tx.update<ObjectLiteral>(
      WebhookEntity,
      { organizationId, id },
      { ...change, updatedAt: () => 'now()' },
    );
    return affected === 1;
  }

  /** Makes `secret` the current one; the one before stays good for so long. */
  async rotate(tx: Tx, organizationId: string, id: string, secret: string, overlapSeconds: number): Promise<boolean> {
    const [, affected] = await tx.query<[unknown, number]>(ROTATE_SECRET, [organizationId, id, secret, overlapSeconds]);
    return affected === 1;
  }

  async delete(tx: Tx, organizationId: string, id: string): Promise<boolean> {
    const { affected } = await tx.delete(WebhookEntity, { organizationId, id });
    return affected === 1;
  }
}

const INSERT_WEBHOOK = `
insert into webhooks (id, organization_id, workflow_id, block_id, origin, name, verification, secret, answer, enabled)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing returning id`;

const ROTATE_SECRET = `
update webhooks set secret = $3, updated_at = now(),
  previous_secret = case when $4::int > 0 then secret end,
  previous_secret_until = case when $4::int > 0 then now() + $4::int * interval '1 second' end
where organization_id = $1 and id = $2`;
