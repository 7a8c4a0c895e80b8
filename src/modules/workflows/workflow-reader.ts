import { Injectable } from '@nestjs/common';
import { decodeCursor, type Page, toPage } from '../../platform/http/index.js';
import {
  type ListWorkflowsQuery,
  toWorkflowDto,
  toWorkflowSummaryDto,
  type WorkflowDto,
  type WorkflowSummaryDto,
} from './dto/workflow.dto.js';
import { workflowNotFound } from './workflow.errors.js';
import { WorkflowRepository } from './workflow.repository.js';

@Injectable()
export class WorkflowReader {
  constructor(private readonly workflows: WorkflowRepository) {}

  async getWorkflow(organizationId: string, id: string): Promise<WorkflowDto> {
    const workflow = await this.workflows.findWorkflow(organizationId, id);
    const version = workflow && (await this.workflows.findVersion(organizationId, workflow.versionId));
    if (!workflow || !version) throw workflowNotFound();
    return toWorkflowDto(workflow, version);
  }

  async listWorkflows(organizationId: string, query: ListWorkflowsQuery): Promise<Page<WorkflowSummaryDto>> {
    const { limit, cursor, status, search } = query;
    const rows = await this.workflows.listWorkflows(organizationId, {
      limit: limit + 1,
      ...(cursor !== undefined && { before: decodeCursor(cursor) }),
      ...(status !== undefined && { status }),
      ...(search !== undefined && { search }),
    });
    return toPage(rows, limit, toWorkflowSummaryDto);
  }
}
