import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/index.js';
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

  /** A key that is bound to workflows sees only those. */
  async listWorkflows(caller: Caller, query: ListWorkflowsQuery): Promise<Page<WorkflowSummaryDto>> {
    const { limit, cursor, status, search } = query;
    const rows = await this.workflows.listWorkflows(caller.organizationId, {
      limit: limit + 1,
      ...(caller.workflowIds !== undefined && { within: caller.workflowIds }),
      ...(cursor !== undefined && { before: decodeCursor(cursor) }),
      ...(status !== undefined && { status }),
      ...(search !== undefined && { search }),
    });
    return toPage(rows, limit, toWorkflowSummaryDto);
  }
}
