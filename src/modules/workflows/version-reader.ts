import { Injectable } from '@nestjs/common';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, type Page, type PageQuery, toPage } from '../../platform/http/index.js';
import type { GraphDefinition, WorkflowDefinition } from './definition.js';
import { diffDefinitions } from './diff-definitions.js';
import { toGraphDto } from './dto/graph.dto.js';
import {
  toVersionDto,
  toVersionSummaryDto,
  toWorkflowDiffDto,
  type WorkflowDiffDto,
  type WorkflowVersionDto,
  type WorkflowVersionSummaryDto,
} from './dto/workflow-version.dto.js';
import type { WorkflowEntity } from './workflow.entity.js';
import { workflowNotFound } from './workflow.errors.js';
import { WorkflowRepository } from './workflow.repository.js';
import type { WorkflowVersionEntity } from './workflow-version.entity.js';

/** Reads the history of workflows. */
@Injectable()
export class VersionReader {
  constructor(private readonly workflows: WorkflowRepository) {}

  async listVersions(
    organizationId: string,
    workflowId: string,
    { limit, cursor }: PageQuery,
  ): Promise<Page<WorkflowVersionSummaryDto>> {
    const workflow = await this.getWorkflow(organizationId, workflowId);
    const rows = await this.workflows.listVersions(organizationId, workflowId, {
      limit: limit + 1,
      ...(cursor !== undefined && { before: decodeCursor(cursor) }),
    });
    return toPage(rows, limit, (row) => toVersionSummaryDto(row, workflow));
  }

  async getVersion(organizationId: string, workflowId: string, version: number): Promise<WorkflowVersionDto> {
    const workflow = await this.getWorkflow(organizationId, workflowId);
    return toVersionDto(await this.getNumber(workflow, version), workflow);
  }

  async diffVersions(organizationId: string, workflowId: string, from: number, to: number): Promise<WorkflowDiffDto> {
    const workflow = await this.getWorkflow(organizationId, workflowId);
    const [before, after] = await Promise.all([this.getNumber(workflow, from), this.getNumber(workflow, to)]);
    return toWorkflowDiffDto(from, to, diffDefinitions(shown(before.definition), shown(after.definition)));
  }

  private async getWorkflow(organizationId: string, id: string): Promise<WorkflowEntity> {
    const workflow = await this.workflows.findWorkflow(organizationId, id);
    if (!workflow) throw workflowNotFound();
    return workflow;
  }

  private async getNumber(
    { organizationId, id, version }: WorkflowEntity,
    number: number,
  ): Promise<WorkflowVersionEntity> {
    const found = await this.workflows.findVersionNumber(organizationId, id, number);
    if (!found) throw notFound(`Version ${number} not found; the workflow has the versions 1 to ${version}`);
    return found;
  }
}

/** As readers see it: without the secrets of webhooks, which are stored encrypted and differ in that each time. */
const shown = (definition: WorkflowDefinition): WorkflowDefinition =>
  definition.graph ? { ...definition, graph: toGraphDto(definition.graph) as GraphDefinition } : definition;
