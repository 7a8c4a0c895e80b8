import { Injectable } from '@nestjs/common';
import { assertBoundTo, type Caller } from '../../auth/index.js';
import type { GraphDefinition } from '../definition.js';
import { PlanCache } from '../plan-cache.js';
import type { WorkflowEntity } from '../workflow.entity.js';
import { workflowNotFound } from '../workflow.errors.js';
import { WorkflowRepository } from '../workflow.repository.js';
import type { WorkflowStatus } from '../workflow.status.js';
import { type GraphHead, type GraphListQuery, GraphRepository } from './graph.repository.js';
import { stepsAsGraph } from './steps-as-graph.js';

/** The graph of a workflow. */
interface ReadGraph {
  graph: GraphDefinition;
  /** It is a list of steps. */
  derived: boolean;
}

/** Reads workflows as graphs; a list of steps is shown as the graph that it is executed as. */
@Injectable()
export class GraphReader {
  constructor(
    private readonly graphs: GraphRepository,
    private readonly workflows: WorkflowRepository,
    private readonly plans: PlanCache,
  ) {}

  /** A key that is bound to workflows sees only those. */
  async listGraphs(
    { organizationId, workflowIds: within }: Caller,
    query: Omit<GraphListQuery, 'within'>,
  ): Promise<{ graphs: GraphHead[]; total: number }> {
    const page = await this.graphs.listGraphs(organizationId, { ...query, within });
    if (page) return page;
    const first =
      query.offset === 0
        ? null
        : await this.graphs.listGraphs(organizationId, { ...query, within, limit: 1, offset: 0 });
    return { graphs: [], total: first?.total ?? 0 };
  }

  /** @throws DomainError NOT_FOUND */
  async getGraph(caller: Caller, id: string): Promise<GraphHead & ReadGraph> {
    const stored = await this.getStored(caller, id);
    const page = await this.graphs.listGraphs(caller.organizationId, {
      within: [id],
      limit: 1,
      offset: 0,
      sort: 'created_at',
      order: 'desc',
    });
    const [head] = page?.graphs ?? [];
    if (!head) throw workflowNotFound();
    return { ...head, ...stored };
  }

  /** The graph alone. @throws DomainError NOT_FOUND */
  async getStored(caller: Caller, id: string): Promise<ReadGraph> {
    const { organizationId, versionId } = await this.getVisible(caller, id);
    const version = await this.workflows.findVersion(organizationId, versionId);
    if (!version) throw workflowNotFound();
    const { graph, steps } = version.definition;
    if (graph) return { graph, derived: false };
    const { plan } = await this.plans.get(organizationId, version.id);
    return { graph: stepsAsGraph(steps, plan), derived: true };
  }

  /** The status of a workflow that is not deleted. @throws DomainError NOT_FOUND */
  async getStatus(caller: Caller, id: string): Promise<WorkflowStatus> {
    return (await this.getVisible(caller, id)).status;
  }

  private async getVisible(caller: Caller, id: string): Promise<WorkflowEntity> {
    assertBoundTo(caller, id);
    const workflow = await this.workflows.findWorkflow(caller.organizationId, id);
    if (!workflow || workflow.status === 'archived') throw workflowNotFound();
    return workflow;
  }
}
