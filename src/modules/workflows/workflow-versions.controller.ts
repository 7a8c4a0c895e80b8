import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Page, PageQuery } from '../../platform/http/index.js';
import { Errors, PageOf } from '../../platform/openapi/index.js';
import { assertBoundTo, type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { WorkflowDto } from './dto/workflow.dto.js';
import {
  RollbackWorkflowDto,
  WorkflowDiffDto,
  WorkflowVersionDto,
  WorkflowVersionSummaryDto,
} from './dto/workflow-version.dto.js';
import { SaveWorkflow } from './save-workflow.js';
import { VersionNumberPipe } from './version-number.js';
import { VersionReader } from './version-reader.js';
import { WorkflowIdPipe } from './workflow-id.js';
import { WorkflowReader } from './workflow-reader.js';

@ApiTags('Workflows')
@Controller('api/v1/workflows')
export class WorkflowVersionsController {
  constructor(
    private readonly versions: VersionReader,
    private readonly workflows: WorkflowReader,
    private readonly saver: SaveWorkflow,
  ) {}

  /** List a workflow's versions, newest first. */
  @Get(':id/versions')
  @RequireScopes('workflows:read')
  @PageOf(WorkflowVersionSummaryDto)
  async listWorkflowVersions(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
    @Query() query: PageQuery,
  ): Promise<Page<WorkflowVersionSummaryDto>> {
    assertBoundTo(caller, id);
    return this.versions.listVersions(caller.organizationId, id, query);
  }

  /** Get a version with its definition. */
  @Get(':id/versions/:version')
  @RequireScopes('workflows:read')
  async getWorkflowVersion(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
    @Param('version', VersionNumberPipe) version: number,
  ): Promise<WorkflowVersionDto> {
    assertBoundTo(caller, id);
    return this.versions.getVersion(caller.organizationId, id, version);
  }

  /** Compare two versions, member by member and step by step. */
  @Get(':id/versions/:from/diff/:to')
  @RequireScopes('workflows:read')
  async diffWorkflowVersions(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
    @Param('from', VersionNumberPipe) from: number,
    @Param('to', VersionNumberPipe) to: number,
  ): Promise<WorkflowDiffDto> {
    assertBoundTo(caller, id);
    return this.versions.diffVersions(caller.organizationId, id, from, to);
  }

  /** Go back to an earlier version: its definition becomes a new version, which runs from then on. */
  @Post(':id/rollback')
  @HttpCode(200)
  @RequireScopes('workflows:write')
  @Errors(409)
  async rollbackWorkflow(
    @CurrentCaller() caller: Caller,
    @Param('id', WorkflowIdPipe) id: string,
    @Body() body: RollbackWorkflowDto,
  ): Promise<WorkflowDto> {
    assertBoundTo(caller, id);
    await this.saver.rollback(caller, id, body);
    return this.workflows.getWorkflow(caller.organizationId, id);
  }
}
