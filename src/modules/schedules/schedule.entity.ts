import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ScheduleDefinition } from '../workflows/index.js';

/** Why a schedule started no run at a time. */
export interface ScheduleError {
  code: string;
  message: string;
  /** The time that was missed, ISO 8601. */
  runAt: string;
}

/** The schedule of a workflow, as its current version defines it. */
@Entity('schedules')
@ForeignKey('workflows', ['organizationId', 'workflowId'], ['organizationId', 'id'], {
  name: 'schedules_workflow_fkey',
  onDelete: 'CASCADE',
})
@Index('schedules_due', { synchronize: false })
export class ScheduleEntity {
  @PrimaryColumn('uuid') organizationId: string;
  @PrimaryColumn('uuid') workflowId: string;
  @Column('json') definition: ScheduleDefinition;
  /** What an interval is counted from. */
  @Column('timestamptz') anchorAt: Date;
  /** Null while the workflow is not active, the schedule not enabled, or no time is left. */
  @Column('timestamptz', { nullable: true }) nextRunAt: Date | null;
  /** The time of the latest run that was started, and the run. */
  @Column('timestamptz', { nullable: true }) lastRunAt: Date | null;
  @Column('uuid', { nullable: true }) lastRunId: string | null;
  /** Cleared by the next run that starts. */
  @Column('json', { nullable: true }) lastError: ScheduleError | null;
  /** Since the definition was last changed. */
  @Column('integer', { default: 0 }) runsStarted: number;
}
