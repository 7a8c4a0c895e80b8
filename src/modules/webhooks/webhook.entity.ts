import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { WebhookAnswer, WebhookVerification } from '../workflows/index.js';

/** Who makes and changes a webhook: a client, the trigger of a workflow, or a block of its graph. */
export const WEBHOOK_ORIGINS = ['api', 'trigger', 'graph'] as const;
export type WebhookOrigin = (typeof WEBHOOK_ORIGINS)[number];

/** An address at which other systems start runs of a workflow. */
@Entity('webhooks')
@ForeignKey('workflows', ['organizationId', 'workflowId'], ['organizationId', 'id'], {
  name: 'webhooks_workflow_fkey',
  onDelete: 'CASCADE',
})
@Index('webhooks_by_workflow', ['organizationId', 'workflowId'])
@Check('webhooks_origin_check', `"origin" in ('api', 'trigger', 'graph')`)
@Check('webhooks_answer_check', `"answer" in ('accept', 'respond', 'result')`)
export class WebhookEntity {
  /** Unique on the server: it is the address. */
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') organizationId: string;
  @Column('uuid') workflowId: string;
  /** Of the graph's block that it is; null for the other origins. */
  @Column('text', { nullable: true }) blockId: string | null;
  @Column('text') origin: WebhookOrigin;
  @Column('text', { nullable: true }) name: string | null;
  @Column('json') verification: WebhookVerification;
  /** Encrypted; see WebhookSecrets. */
  @Column('text') secret: string;
  /** The one before, which is good until then. */
  @Column('text', { nullable: true }) previousSecret: string | null;
  @Column('timestamptz', { nullable: true }) previousSecretUntil: Date | null;
  @Column('text') answer: WebhookAnswer;
  @Column('boolean', { default: true }) enabled: boolean;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
  @Column('timestamptz', { default: () => 'now()' }) updatedAt: Date;
}
