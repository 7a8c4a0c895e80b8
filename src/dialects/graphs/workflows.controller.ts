import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiQuery, ApiTags } from '@nestjs/swagger';
import { DomainError, validationError } from '../../platform/errors/index.js';
import { assertBoundTo, type Caller, CurrentCaller, RequireScopes } from '../../modules/auth/index.js';
import { ArmWebhooks } from '../../modules/webhooks/index.js';
import { GraphReader, MoveWorkflow, SaveGraph, WorkflowIdPipe } from '../../modules/workflows/index.js';
import { GraphBodyDto } from './dto/graph.dto.js';
import {
  GraphArmedDto,
  GraphOkDto,
  GraphSavedDto,
  GraphStateDto,
  GraphWorkflowBodyDto,
  GraphWorkflowCreatedDto,
  GraphWorkflowDto,
  GraphWorkflowListDto,
  toGraphWorkflowDto,
  toGraphWorkflowSummaryDto,
} from './dto/workflow.dto.js';
import { readGraph } from './read-graph.js';
import { readListQuery, readNewWorkflow, readWorkflowChange } from './read-workflow.js';
import { GraphSecrets } from './graph-secrets.js';

@ApiTags('Graphs')
@Controller('api/workflows')
export class GraphWorkflowsController {
  constructor(
    private readonly reader: GraphReader,
    private readonly saver: SaveGraph,
    private readonly mover: MoveWorkflow,
    private readonly secrets: GraphSecrets,
    private readonly arms: ArmWebhooks,
  ) {}

  /** List workflows as graphs, by page numbers. */
  @Get()
  @RequireScopes('workflows:read')
  @ApiQuery({ name: 'limit', required: false, description: 'How many, 1 to 100; 50 by default.' })
  @ApiQuery({ name: 'offset', required: false, description: 'How many to leave out before them.' })
  @ApiQuery({ name: 'q', required: false, description: 'Only workflows whose name contains this text, in any case.' })
  @ApiQuery({ name: 'sort', required: false, enum: ['created_at', 'name', 'updated_at', 'last_execution_at'] })
  @ApiQuery({ name: 'order', required: false, enum: ['asc', 'desc'] })
  async listGraphWorkflows(
    @CurrentCaller() caller: Caller,
    @Query() query: Record<string, string>,
  ): Promise<GraphWorkflowListDto> {
    const page = readListQuery(query);
    const { graphs, total } = await this.reader.listGraphs(caller, page);
    return { workflows: graphs.map(toGraphWorkflowSummaryDto), total, limit: page.limit, offset: page.offset };
  }

  /** Create a workflow that is a graph, without blocks yet. */
  @Post()
  @RequireScopes('workflows:write')
  @ApiBody({ type: GraphWorkflowBodyDto })
  async createGraphWorkflow(@CurrentCaller() caller: Caller, @Body() body: unknown): Promise<GraphWorkflowCreatedDto> {
    const graph = readNewWorkflow(body);
    return { id: await this.saver.create(caller, graph), name: graph.name };
  }

  /**
   * Get a workflow with its blocks and edges.
   * A key with the scope `workflows:write` also gets the secrets of its webhook blocks.
   */
  @Get(':id')
  @RequireScopes('workflows:read')
  async getGraphWorkflow(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
  ): Promise<GraphWorkflowDto> {
    const head = await this.reader.getGraph(caller, id);
    return toGraphWorkflowDto(head.derived ? head : { ...head, graph: await this.secrets.show(caller, head.graph) });
  }

  /** Change name, description, variables or color of a workflow. */
  @Patch(':id')
  @RequireScopes('workflows:write')
  @ApiBody({ type: GraphWorkflowBodyDto })
  async updateGraphWorkflow(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
    @Body() body: unknown,
  ): Promise<GraphOkDto> {
    const change = readWorkflowChange(body);
    if (Object.keys(change).length === 0) throw validationError('No fields to update');
    await this.reader.getStatus(caller, id);
    await this.saver.update(caller, id, change);
    return { ok: true };
  }

  /** Delete a workflow. Its runs stay readable in the native API. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('workflows:write')
  async deleteGraphWorkflow(@CurrentCaller() caller: Caller, @Param('id') given: string): Promise<void> {
    try {
      const id = new WorkflowIdPipe().transform(given);
      assertBoundTo(caller, id);
      await this.mover.execute(caller.organizationId, id, 'archive');
    } catch (error) {
      // What is not there is deleted.
      if (!(error instanceof DomainError) || error.kind !== 'not_found') throw error;
    }
  }

  /**
   * Replace the blocks and edges of a workflow.
   * A workflow that is a list of steps is refused, because its templates would read other data; `replace=steps` puts the graph in its place.
   */
  @Put(':id/graph')
  @RequireScopes('workflows:write')
  @ApiBody({ type: GraphBodyDto })
  @ApiQuery({ name: 'replace', required: false, enum: ['steps'] })
  async putGraph(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
    @Body() body: unknown,
    @Query('replace') replace?: string,
  ): Promise<GraphSavedDto> {
    const graph = readGraph(body);
    const { graph: old, derived } = await this.reader.getStored(caller, id);
    if (derived && old.blocks.length > 0 && replace !== 'steps') {
      throw validationError(
        'The workflow is a list of steps; change it in the native API, or add ?replace=steps to put a graph in its place',
      );
    }
    await this.saver.update(caller, id, await this.secrets.seal(caller, graph, old));
    return { ok: true, blocks: graph.blocks.length, edges: graph.edges.length };
  }

  /** Let a workflow's webhooks and its schedule start runs. */
  @Post(':id/deploy')
  @HttpCode(200)
  @RequireScopes('workflows:write')
  async deployGraph(@CurrentCaller() caller: Caller, @Param('id', WorkflowIdPipe) id: string): Promise<GraphStateDto> {
    await this.reader.getStatus(caller, id);
    await this.mover.execute(caller.organizationId, id, 'activate');
    await this.arms.disarm(caller.organizationId, id);
    return { ok: true, state: 'deployed' };
  }

  /** Let nothing but requests start runs of a workflow. */
  @Post(':id/undeploy')
  @HttpCode(200)
  @RequireScopes('workflows:write')
  async undeployGraph(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
  ): Promise<GraphStateDto> {
    if ((await this.reader.getStatus(caller, id)) === 'active')
      await this.mover.execute(caller.organizationId, id, 'pause');
    await this.arms.disarm(caller.organizationId, id);
    return { ok: true, state: 'internal' };
  }

  /** Let the workflow's webhooks take exactly one call within ten minutes, although it is not deployed. */
  @Post(':id/arm')
  @HttpCode(200)
  @RequireScopes('workflows:write')
  async armGraph(@CurrentCaller() caller: Caller, @Param('id', WorkflowIdPipe) id: string): Promise<GraphArmedDto> {
    await this.reader.getStatus(caller, id);
    return { ok: true, armed_until: (await this.arms.arm(caller.organizationId, id)).toISOString() };
  }
}
