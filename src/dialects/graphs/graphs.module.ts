import { type DynamicModule, Module } from '@nestjs/common';
import { WorkflowsModule } from '../../modules/workflows/index.js';
import { GraphAgentsController } from './agents.controller.js';
import { ExecuteGraph } from './execute-graph.js';
import { GraphExecutionsController } from './executions.controller.js';
import { GraphSecrets } from './graph-secrets.js';
import { GraphWorkflowsController } from './workflows.controller.js';

/** The paths of the graph dialect, for processes that answer HTTP. */
@Module({})
export class GraphsModule {
  /**
   * @param runs the runs' room of this process
   * @param webhooks its webhooks' room
   */
  static register(runs: DynamicModule, webhooks: DynamicModule): DynamicModule {
    return {
      module: GraphsModule,
      imports: [WorkflowsModule, runs, webhooks],
      controllers: [GraphAgentsController, GraphWorkflowsController, GraphExecutionsController],
      providers: [GraphSecrets, ExecuteGraph],
    };
  }
}
