import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import type { Settings } from '../../platform/config/index.js';
import { JOB_OPTIONS, QUEUES } from '../../platform/queue/index.js';
import { AuthModule } from '../auth/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { RateLimitModule } from '../rate-limit/index.js';
import { WorkflowsModule } from '../workflows/index.js';
import { Backlog } from './backlog.js';
import { ChangeRuns } from './change-runs.js';
import { ChangeRunsController } from './change-runs.controller.js';
import { ChildRunStarter } from './child-runs.js';
import { ConcurrencyKeys } from './concurrency-keys.js';
import { ControlRun } from './control-run.js';
import { ExecuteRun } from './execute-run.js';
import { Doorbell } from './jobs/doorbell.js';
import { DoorbellProcessor } from './jobs/doorbell.processor.js';
import { Housekeeping } from './jobs/housekeeping.js';
import { MaintenanceProcessor } from './jobs/maintenance.processor.js';
import { ParkedSteps } from './parked-steps.js';
import { ReplayRun } from './replay-run.js';
import { ReplayRunController } from './replay-run.controller.js';
import { RunBatchController } from './run-batch.controller.js';
import { RunEventStream } from './run-event-stream.js';
import { RunLedger } from './run-ledger.js';
import { RunMaterial } from './run-material.js';
import { RunPlanner } from './run-planner.js';
import { RunAndWait } from './run-and-wait.js';
import { RunReader } from './run-reader.js';
import { ErasePayloads } from './payloads/erase-payloads.js';
import { PayloadRepository } from './payloads/payload.repository.js';
import { ReadPayloads } from './payloads/read-payloads.js';
import { RunPayloads } from './payloads/run-payloads.js';
import { RunRetention } from './run-retention.js';
import { RunWorker } from './run-worker.js';
import { RunWorkflowController } from './run-workflow.controller.js';
import { RunRepository } from './run.repository.js';
import { RunsController } from './runs.controller.js';
import { StartBatch } from './start-batch.js';
import { StartRun } from './start-run.js';
import { WakeUps } from './wake-ups.js';

const SHARED: Provider[] = [
  RunLedger,
  RunRepository,
  RunPayloads,
  Doorbell,
  Backlog,
  ConcurrencyKeys,
  RunPlanner,
  StartRun,
  WakeUps,
  RunReader,
  RunAndWait,
  ReadPayloads,
  ControlRun,
];
const API: Provider[] = [StartBatch, ReplayRun, ChangeRuns, ParkedSteps, RunEventStream];
const WORKER: Provider[] = [
  Housekeeping,
  ChildRunStarter,
  RunMaterial,
  ExecuteRun,
  PayloadRepository,
  ErasePayloads,
  RunRetention,
  RunWorker,
  DoorbellProcessor,
  MaintenanceProcessor,
];

@Module({})
export class RunsModule {
  /** The halves that the process's ROLE asks for. */
  static register(role: Settings['ROLE']): DynamicModule {
    return {
      module: RunsModule,
      imports: [
        OrganizationsModule,
        WorkflowsModule,
        ...(role === 'worker' ? [] : [AuthModule, RateLimitModule]),
        BullModule.registerQueue(
          ...[QUEUES.runs, QUEUES.maintenance].map((name) => ({ name, defaultJobOptions: JOB_OPTIONS })),
        ),
      ],
      controllers:
        role === 'worker'
          ? []
          : [RunWorkflowController, RunBatchController, ReplayRunController, ChangeRunsController, RunsController],
      providers: [...SHARED, ...(role === 'worker' ? [] : API), ...(role === 'api' ? [] : WORKER)],
      exports: [
        StartRun,
        RunReader,
        ControlRun,
        ...(role === 'worker' ? [] : [RunAndWait, RunEventStream, ParkedSteps, ReplayRun]),
        ...(role === 'api' ? [] : [Housekeeping]),
      ],
    };
  }
}
