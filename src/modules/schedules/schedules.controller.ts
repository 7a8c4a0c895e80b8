import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Page, PageQuery } from '../../platform/http/index.js';
import { PageOf } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { WorkflowIdPipe } from '../workflows/index.js';
import { ScheduleDto } from './dto/schedule.dto.js';
import { ScheduleReader } from './schedule-reader.js';

@ApiTags('Schedules')
@Controller('api/v1')
export class SchedulesController {
  constructor(private readonly reader: ScheduleReader) {}

  /** List the schedules of all workflows that have one, newest workflow first. */
  @Get('schedules')
  @RequireScopes('workflows:read')
  @PageOf(ScheduleDto)
  async listSchedules(@CurrentCaller() caller: Caller, @Query() query: PageQuery): Promise<Page<ScheduleDto>> {
    return this.reader.listSchedules(caller, query);
  }

  /** Get a workflow's schedule: its next times, its latest run and its latest error. */
  @Get('workflows/:id/schedule')
  @RequireScopes('workflows:read')
  async getSchedule(@CurrentCaller() caller: Caller, @Param('id', WorkflowIdPipe) id: string): Promise<ScheduleDto> {
    return this.reader.getSchedule(caller, id);
  }
}
