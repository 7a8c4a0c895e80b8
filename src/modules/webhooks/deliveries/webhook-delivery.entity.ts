import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** `accepted`: it started a run; `duplicate`: its event had one already; `refused`: `reason` says why it has none. */
export const DELIVERY_OUTCOMES = ['accepted', 'duplicate', 'refused'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** One call of a webhook. */
@Entity('webhook_deliveries')
@ForeignKey('webhooks', ['webhookId'], ['id'], { name: 'webhook_deliveries_webhook_fkey', onDelete: 'CASCADE' })
@Index('webhook_deliveries_by_webhook', ['webhookId', 'id'])
@Check('webhook_deliveries_outcome_check', `"outcome" in ('accepted', 'duplicate', 'refused')`)
export class WebhookDeliveryEntity {
  @PrimaryColumn('uuid') organizationId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') webhookId: string;
  @Column('timestamptz') receivedAt: Date;
  @Column('text') outcome: DeliveryOutcome;
  /** A stable code; null where there is nothing to explain. */
  @Column('text', { nullable: true }) reason: string | null;
  /** HTTP status of the answer. */
  @Column('integer') status: number;
  @Column('uuid', { nullable: true }) runId: string | null;
  @Column('text', { nullable: true }) eventId: string | null;
  /** With its query, secrets masked. */
  @Column('text') path: string;
  /** Secrets masked; at most 8 KB. */
  @Column('json') headers: Record<string, string>;
  /** Only of a call that was believed and started no run. */
  @Column('bytea', { nullable: true }) body: Buffer | null;
  /** In bytes. */
  @Column('integer') bodySize: number;
  @Column('text', { nullable: true }) address: string | null;
  /** The delivery that this one repeats. */
  @Column('uuid', { nullable: true }) replayOf: string | null;
}
