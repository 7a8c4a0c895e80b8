import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A file of a run. */
@Entity('artifacts')
@ForeignKey('runs', ['organizationId', 'runId'], ['organizationId', 'id'], {
  name: 'artifacts_run_fkey',
  onDelete: 'CASCADE',
})
export class ArtifactEntity {
  @PrimaryColumn('uuid') organizationId: string;
  @PrimaryColumn('uuid') runId: string;
  @PrimaryColumn('text') name: string;
  /** The step that saved it, and the only one that may save it again. */
  @Column('text') stepId: string;
  @Column('text') mediaType: string;
  /** In bytes. */
  @Column('integer') size: number;
  @Column('bytea') sha256: Buffer;
  @Column('bytea', { select: false }) content: Buffer;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
}
