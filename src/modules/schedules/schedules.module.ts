import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from '../../platform/config/index.js';
import { JOB_OPTIONS, QUEUES } from '../../platform/queue/index.js';
import { AuthModule } from '../auth/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { WorkflowsModule } from '../workflows/index.js';
import { FireSchedules } from './fire-schedules.js';
import { repeatStrategy, ScheduleBell } from './jobs/schedule-bell.js';
import { SchedulesProcessor } from './jobs/schedules.processor.js';
import { KeepSchedule } from './keep-schedule.js';
import { ScheduleReader } from './schedule-reader.js';
import { ScheduleRepository } from './schedule.repository.js';
import { SchedulesController } from './schedules.controller.js';

/** The rows, kept as the workflows say. */
@Module({
  imports: [
    WorkflowsModule,
    BullModule.registerQueue({ name: QUEUES.schedules, defaultJobOptions: JOB_OPTIONS, settings: { repeatStrategy } }),
  ],
  providers: [ScheduleRepository, ScheduleBell, KeepSchedule],
  exports: [ScheduleRepository, ScheduleBell],
})
class ScheduleRowsModule {}

@Module({})
export class SchedulesModule {
  /**
   * The halves that the process's ROLE asks for.
   * @param runs the runs' room of this process
   */
  static register(role: Settings['ROLE'], runs: DynamicModule): DynamicModule {
    return {
      module: SchedulesModule,
      imports: [ScheduleRowsModule, OrganizationsModule, runs, ...(role === 'worker' ? [] : [AuthModule])],
      controllers: role === 'worker' ? [] : [SchedulesController],
      providers: [
        ...(role === 'worker' ? [] : [ScheduleReader]),
        ...(role === 'api' ? [] : [FireSchedules, SchedulesProcessor]),
      ],
    };
  }
}
