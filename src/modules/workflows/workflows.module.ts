import { Module } from '@nestjs/common';
import { MoveWorkflow } from './move-workflow.js';
import { PlanCache } from './plan-cache.js';
import { SaveWorkflow } from './save-workflow.js';
import { VersionReader } from './version-reader.js';
import { WorkflowObservers } from './workflow-observer.js';
import { WorkflowReader } from './workflow-reader.js';
import { WorkflowRepository } from './workflow.repository.js';
import { WorkflowVersionsController } from './workflow-versions.controller.js';
import { WorkflowsController } from './workflows.controller.js';

@Module({
  controllers: [WorkflowsController, WorkflowVersionsController],
  providers: [
    WorkflowObservers,
    WorkflowRepository,
    PlanCache,
    SaveWorkflow,
    MoveWorkflow,
    WorkflowReader,
    VersionReader,
  ],
  exports: [WorkflowObservers, PlanCache, SaveWorkflow, MoveWorkflow],
})
export class WorkflowsModule {}
