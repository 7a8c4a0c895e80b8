import { Injectable } from '@nestjs/common';
import { Database, Grouped } from '../../platform/database/index.js';
import type { OrganizationSettings } from '../organizations/index.js';
import type { WebhookAnswer, WebhookVerification, WorkflowEntity } from '../workflows/index.js';
import { FIND_WEBHOOKS } from './sql/find-webhooks.sql.js';
import type { WebhookOrigin } from './webhook.entity.js';

/** A webhook with what a call of it has to know of its workflow and organization, as it is now. */
export interface KnownWebhook {
  id: string;
  organizationId: string;
  workflowId: string;
  origin: WebhookOrigin;
  verification: WebhookVerification;
  /** Encrypted; the current one first. */
  secrets: string[];
  answer: WebhookAnswer;
  enabled: boolean;
  /** The workflow's. */
  status: WorkflowEntity['status'];
  settings: OrganizationSettings;
}

/** Looks webhooks up by their address. Nothing is remembered between calls, so that a change holds from the next one on. */
@Injectable()
export class KnownWebhooks {
  private readonly lookups = new Grouped<string, KnownWebhook | null>((ids) => this.findAll(ids), { maxInFlight: 2 });

  constructor(private readonly database: Database) {}

  /** @param id a bare UUID */
  find(id: string): Promise<KnownWebhook | null> {
    return this.lookups.call(id);
  }

  private async findAll(ids: string[]): Promise<(KnownWebhook | null)[]> {
    const { rows } = await this.database.run<Row>(FIND_WEBHOOKS, [[...new Set(ids)]]);
    const known = new Map(rows.map((row) => [row.id, toKnownWebhook(row)]));
    return ids.map((id) => known.get(id) ?? null);
  }
}

interface Row extends Pick<
  KnownWebhook,
  'id' | 'origin' | 'verification' | 'answer' | 'enabled' | 'status' | 'settings'
> {
  organization_id: string;
  workflow_id: string;
  secret: string;
  previous_secret: string | null;
}

const toKnownWebhook = ({ organization_id, workflow_id, secret, previous_secret, ...row }: Row): KnownWebhook => ({
  ...row,
  organizationId: organization_id,
  workflowId: workflow_id,
  secrets: previous_secret === null ? [secret] : [secret, previous_secret],
});
