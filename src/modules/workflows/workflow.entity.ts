import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TriggerDefinition } from './definition.js';
import type { WorkflowStatus } from './workflow.status.js';

/** A workflow's head: its state and which version runs. */
@Entity('workflows')
@Check('workflows_status_check', `"status" in ('draft', 'active', 'paused', 'archived')`)
export class WorkflowEntity {
  @PrimaryColumn('uuid')
  @ForeignKey('organizations', { name: 'workflows_organization_fkey', onDelete: 'CASCADE' })
  organizationId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  @Column('text', { nullable: true }) description: string | null;
  @Column('text') status: WorkflowStatus;
  /** Number of the current version, from 1. */
  @Column('integer') version: number;
  /** The current version. */
  @Column('uuid') versionId: string;
  /** Of the current version. */
  @Column('json', { default: { type: 'api' } }) trigger: TriggerDefinition;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
  @Column('timestamptz', { default: () => 'now()' }) updatedAt: Date;
}
