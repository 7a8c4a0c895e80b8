import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/index.js';
import type { GraphDefinition } from '../definition.js';
import { PlanCache } from '../plan-cache.js';
import { workflowNotFound } from '../workflow.errors.js';
import { WorkflowRepository } from '../workflow.repository.js';
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
  async getGraph({ organizationId, workflowIds }: Caller, id: string): Promise<GraphHead & ReadGraph> {
    const within = workflowIds && !workflowIds.includes(id) ? [] : [id];
    const page = await this.graphs.listGraphs(organizationId, {
      within,
      limit: 1,
      offset: 0,
      sort: 'created_at',
      order: 'desc',
    });
    const [head] = page?.graphs ?? [];
    if (!head) throw workflowNotFound();
    return { ...head, ...(await this.findGraph(organizationId, id)) };
  }

  private async findGraph(organizationId: string, id: string): Promise<ReadGraph> {
    const workflow = await this.workflows.findWorkflow(organizationId, id);
    const version = workflow && (await this.workflows.findVersion(organizationId, workflow.versionId));
    if (!version) throw workflowNotFound();
    const { graph, steps } = version.definition;
    if (graph) return { graph, derived: false };
    const { plan } = await this.plans.get(organizationId, version.id);
    return { graph: stepsAsGraph(steps, plan), derived: true };
  }
}
