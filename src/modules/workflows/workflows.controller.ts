import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Page } from '../../platform/http/index.js';
import { Errors, PageOf } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes, assertBoundTo, forbidden } from '../auth/index.js';
import {
  CreateWorkflowDto,
  ListWorkflowsQuery,
  UpdateWorkflowDto,
  WorkflowDto,
  WorkflowSummaryDto,
} from './dto/workflow.dto.js';
import { MoveWorkflow } from './move-workflow.js';
import { SaveWorkflow } from './save-workflow.js';
import { WorkflowIdPipe } from './workflow-id.js';
import { WorkflowReader } from './workflow-reader.js';
import type { WorkflowMove } from './workflow.status.js';

@ApiTags('Workflows')
@Controller('api/v1/workflows')
export class WorkflowsController {
  constructor(
    private readonly reader: WorkflowReader,
    private readonly saver: SaveWorkflow,
    private readonly mover: MoveWorkflow,
  ) {}

  /** Create a workflow. It starts as a draft; activate it to run it. */
  @Post()
  @RequireScopes('workflows:write')
  async createWorkflow(@CurrentCaller() caller: Caller, @Body() body: CreateWorkflowDto): Promise<WorkflowDto> {
    if (caller.workflowIds) throw forbidden('This API key is bound to named workflows and cannot create others.');
    return this.reader.getWorkflow(caller.organizationId, await this.saver.create(caller, body));
  }

  /** List workflows, newest first. */
  @Get()
  @RequireScopes('workflows:read')
  @PageOf(WorkflowSummaryDto)
  async listWorkflows(
    @CurrentCaller() caller: Caller,
    @Query() query: ListWorkflowsQuery,
  ): Promise<Page<WorkflowSummaryDto>> {
    return this.reader.listWorkflows(caller, query);
  }

  /** Get a workflow with its current definition. */
  @Get(':id')
  @RequireScopes('workflows:read')
  async getWorkflow(@CurrentCaller() caller: Caller, @Param('id', WorkflowIdPipe) id: string): Promise<WorkflowDto> {
    assertBoundTo(caller, id);
    return this.reader.getWorkflow(caller.organizationId, id);
  }

  /** Change a workflow. An active workflow gets a new version, which runs from then on. */
  @Put(':id')
  @Errors(409)
  @RequireScopes('workflows:write')
  async updateWorkflow(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
    @Body() body: UpdateWorkflowDto,
  ): Promise<WorkflowDto> {
    assertBoundTo(caller, id);
    await this.saver.update(caller, id, body);
    return this.reader.getWorkflow(caller.organizationId, id);
  }

  /** Change a workflow; the same as PUT. */
  @Patch(':id')
  @Errors(409)
  @RequireScopes('workflows:write')
  async patchWorkflow(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
    @Body() body: UpdateWorkflowDto,
  ): Promise<WorkflowDto> {
    return this.updateWorkflow(caller, id, body);
  }

  /** Delete a workflow: it is archived, and its runs stay readable. */
  @Delete(':id')
  @RequireScopes('workflows:write')
  async deleteWorkflow(@CurrentCaller() caller: Caller, @Param('id', WorkflowIdPipe) id: string): Promise<WorkflowDto> {
    return this.move(caller, id, 'archive');
  }

  /** Activate a draft or paused workflow, so that it runs. */
  @Post(':id/activate')
  @HttpCode(200)
  @RequireScopes('workflows:write')
  @Errors(400)
  async activateWorkflow(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
  ): Promise<WorkflowDto> {
    return this.move(caller, id, 'activate');
  }

  /** Pause an active workflow. Runs in progress go on; new ones are refused. */
  @Post(':id/pause')
  @HttpCode(200)
  @RequireScopes('workflows:write')
  @Errors(400)
  async pauseWorkflow(@CurrentCaller() caller: Caller, @Param('id', WorkflowIdPipe) id: string): Promise<WorkflowDto> {
    return this.move(caller, id, 'pause');
  }

  /** Resume a paused workflow. */
  @Post(':id/resume')
  @HttpCode(200)
  @RequireScopes('workflows:write')
  @Errors(400)
  async resumeWorkflow(@CurrentCaller() caller: Caller, @Param('id', WorkflowIdPipe) id: string): Promise<WorkflowDto> {
    return this.move(caller, id, 'resume');
  }

  /** Archive a workflow for good. Its runs stay readable. */
  @Post(':id/archive')
  @HttpCode(200)
  @RequireScopes('workflows:write')
  async archiveWorkflow(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
  ): Promise<WorkflowDto> {
    return this.move(caller, id, 'archive');
  }

  private async move(caller: Caller, id: string, move: WorkflowMove): Promise<WorkflowDto> {
    assertBoundTo(caller, id);
    await this.mover.execute(caller.organizationId, id, move);
    return this.reader.getWorkflow(caller.organizationId, id);
  }
}
