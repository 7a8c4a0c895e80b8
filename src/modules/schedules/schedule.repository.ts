import { Injectable } from '@nestjs/common';
import { lowestIdAt } from '#libs/ids';
import { LessThanOrEqual } from 'typeorm';
import { Database, type Tx } from '../../platform/database/index.js';
import { ScheduleEntity } from './schedule.entity.js';
import { FIND_RUN_OF_TIME } from './sql/find-run-of-time.sql.js';

/** Which schedules to list. */
export interface ScheduleFilter {
  /** Only of these workflows. */
  within?: readonly string[];
  /** Only of workflows older than this one. */
  before?: string;
  limit: number;
}

@Injectable()
export class ScheduleRepository {
  constructor(private readonly database: Database) {}

  findSchedule(organizationId: string, workflowId: string): Promise<ScheduleEntity | null> {
    return this.database.manager.findOneBy(ScheduleEntity, { organizationId, workflowId });
  }

  lockSchedule(tx: Tx, organizationId: string, workflowId: string): Promise<ScheduleEntity | null> {
    return tx.findOne(ScheduleEntity, { where: { organizationId, workflowId }, lock: { mode: 'pessimistic_write' } });
  }

  /** Newest workflow first. */
  listSchedules(organizationId: string, { within, before, limit }: ScheduleFilter): Promise<ScheduleEntity[]> {
    const query = this.database.manager
      .createQueryBuilder(ScheduleEntity, 'schedule')
      .where('schedule.organizationId = :organizationId', { organizationId })
      .orderBy('schedule.workflowId', 'DESC')
      .limit(limit);
    if (before !== undefined) query.andWhere('schedule.workflowId < :before', { before });
    if (within !== undefined) query.andWhere('schedule.workflowId = any(:within)', { within });
    return query.getMany();
  }

  /** Up to `limit` schedules of all organizations that are due at `now`, longest due first. Reads schedules_due in order. */
  listDue(now: Date, limit: number): Promise<ScheduleEntity[]> {
    return this.database.manager.find(ScheduleEntity, {
      where: { nextRunAt: LessThanOrEqual(now) },
      order: { nextRunAt: 'ASC' },
      take: limit,
    });
  }

  /** The run that was started for this time, if it is kept. */
  async findRunOf(organizationId: string, workflowId: string, time: Date): Promise<string | null> {
    const { rows } = await this.database.run<{ id: string }>(FIND_RUN_OF_TIME, [
      organizationId,
      workflowId,
      time,
      lowestIdAt(time),
    ]);
    return rows[0]?.id ?? null;
  }

  async saveSchedule(tx: Tx, schedule: ScheduleEntity): Promise<void> {
    const {
      organizationId,
      workflowId,
      definition,
      anchorAt,
      nextRunAt,
      lastRunAt,
      lastRunId,
      lastError,
      runsStarted,
    } = schedule;
    await tx.query(UPSERT_SCHEDULE, [
      organizationId,
      workflowId,
      JSON.stringify(definition),
      anchorAt,
      nextRunAt,
      lastRunAt,
      lastRunId,
      lastError && JSON.stringify(lastError),
      runsStarted,
    ]);
  }

  async deleteSchedule(tx: Tx, organizationId: string, workflowId: string): Promise<void> {
    await tx.delete(ScheduleEntity, { organizationId, workflowId });
  }
}

/** As SQL, since TypeORM's types cannot follow a recursive JSON type. */
const UPSERT_SCHEDULE = `
insert into schedules (
  organization_id, workflow_id, definition, anchor_at, next_run_at, last_run_at, last_run_id, last_error, runs_started
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (organization_id, workflow_id) do update set
  definition = excluded.definition, anchor_at = excluded.anchor_at, next_run_at = excluded.next_run_at, last_run_at = excluded.last_run_at,
  last_run_id = excluded.last_run_id, last_error = excluded.last_error, runs_started = excluded.runs_started`;
