import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** Until when the webhooks of a workflow that is not active take one call. Taking it removes the row. */
@Entity('webhook_arms')
@ForeignKey('workflows', ['organizationId', 'workflowId'], ['organizationId', 'id'], {
  name: 'webhook_arms_workflow_fkey',
  onDelete: 'CASCADE',
})
export class WebhookArmEntity {
  @PrimaryColumn('uuid') organizationId: string;
  @PrimaryColumn('uuid') workflowId: string;
  @Column('timestamptz') armedUntil: Date;
}
