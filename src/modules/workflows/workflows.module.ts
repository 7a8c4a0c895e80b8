import { Module } from '@nestjs/common';
import { GraphReader } from './graph/graph-reader.js';
import { GraphRepository } from './graph/graph.repository.js';
import { SaveGraph } from './graph/save-graph.js';
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
    GraphRepository,
    GraphReader,
    SaveGraph,
  ],
  exports: [WorkflowObservers, PlanCache, SaveWorkflow, MoveWorkflow, WorkflowReader, GraphReader, SaveGraph],
})
export class WorkflowsModule {}
