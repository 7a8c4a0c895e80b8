import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { WorkflowDefinition } from './definition.js';

/** An immutable definition. Runs name the version they execute, and compiled plans are cached by its id. */
@Entity('workflow_versions')
@ForeignKey('workflows', ['organizationId', 'workflowId'], ['organizationId', 'id'], {
  name: 'workflow_versions_workflow_fkey',
  onDelete: 'CASCADE',
})
@Index('workflow_versions_number_key', ['organizationId', 'workflowId', 'version'], { unique: true })
export class WorkflowVersionEntity {
  @PrimaryColumn('uuid') organizationId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') workflowId: string;
  @Column('integer') version: number;
  /** Stored as text-preserving JSON: key order is the author's. */
  @Column('json') definition: WorkflowDefinition;
  @Column('text', { nullable: true }) changeSummary: string | null;
  @Column('uuid', { nullable: true }) createdBy: string | null;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
}
