import { Injectable } from '@nestjs/common';
import { decodeCursor, type Page, type PageQuery, toPage } from '../../platform/http/index.js';
import { assertBoundTo, type Caller } from '../auth/index.js';
import { type ScheduleDto, toScheduleDto } from './dto/schedule.dto.js';
import { scheduleNotFound } from './schedule.errors.js';
import { ScheduleRepository } from './schedule.repository.js';

@Injectable()
export class ScheduleReader {
  constructor(private readonly schedules: ScheduleRepository) {}

  /** @throws DomainError NOT_FOUND, also for a workflow without a schedule */
  async getSchedule(caller: Caller, workflowId: string): Promise<ScheduleDto> {
    assertBoundTo(caller, workflowId);
    const schedule = await this.schedules.findSchedule(caller.organizationId, workflowId);
    if (!schedule) throw scheduleNotFound();
    return toScheduleDto(schedule);
  }

  /** A key that is bound to workflows sees the schedules of those only. */
  async listSchedules(caller: Caller, { limit, cursor }: PageQuery): Promise<Page<ScheduleDto>> {
    const rows = await this.schedules.listSchedules(caller.organizationId, {
      limit: limit + 1,
      ...(caller.workflowIds !== undefined && { within: caller.workflowIds }),
      ...(cursor !== undefined && { before: decodeCursor(cursor) }),
    });
    return toPage(
      rows.map((row) => ({ ...row, id: row.workflowId })),
      limit,
      toScheduleDto,
    );
  }
}
