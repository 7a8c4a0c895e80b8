import { Injectable } from '@nestjs/common';
import type { ObjectLiteral } from 'typeorm';
import { Database, type Tx } from '../../platform/database/index.js';
import type { WorkflowStatus } from './workflow.status.js';
import type { WorkflowDefinition } from './definition.js';
import { WorkflowObservers } from './workflow-observer.js';
import { WorkflowEntity } from './workflow.entity.js';
import { WorkflowVersionEntity } from './workflow-version.entity.js';

export interface WorkflowFilter {
  status?: WorkflowStatus;
  search?: string;
  /** Only these workflows. */
  within?: readonly string[];
  before?: string;
  limit: number;
}

/** The current version of a head: changed as a whole or not at all. */
export interface CurrentVersion {
  version: number;
  versionId: string;
  definition: WorkflowDefinition;
}

type NewHead = Omit<WorkflowEntity, 'trigger' | 'createdAt' | 'updatedAt'> & CurrentVersion;

type HeadChange = Partial<Pick<WorkflowEntity, 'name' | 'description' | 'status'>> &
  (CurrentVersion | Partial<Record<keyof CurrentVersion, never>>);

@Injectable()
export class WorkflowRepository {
  constructor(
    private readonly database: Database,
    private readonly observers: WorkflowObservers,
  ) {}

  findWorkflow(organizationId: string, id: string): Promise<WorkflowEntity | null> {
    return this.database.manager.findOneBy(WorkflowEntity, { organizationId, id });
  }

  /** Locks the head, so that changes of one workflow happen one after the other. */
  lockWorkflow(tx: Tx, organizationId: string, id: string): Promise<WorkflowEntity | null> {
    return tx.findOne(WorkflowEntity, { where: { organizationId, id }, lock: { mode: 'pessimistic_write' } });
  }

  findVersion(organizationId: string, id: string): Promise<WorkflowVersionEntity | null> {
    return this.database.manager.findOneBy(WorkflowVersionEntity, { organizationId, id });
  }

  findVersionNumber(
    organizationId: string,
    workflowId: string,
    version: number,
  ): Promise<WorkflowVersionEntity | null> {
    return this.database.manager.findOneBy(WorkflowVersionEntity, { organizationId, workflowId, version });
  }

  /** Newest first: ids are UUIDv7. */
  listVersions(
    organizationId: string,
    workflowId: string,
    { before, limit }: Pick<WorkflowFilter, 'before' | 'limit'>,
  ): Promise<WorkflowVersionEntity[]> {
    const query = this.database.manager
      .createQueryBuilder(WorkflowVersionEntity, 'version')
      .where('version.organizationId = :organizationId', { organizationId })
      .andWhere('version.workflowId = :workflowId', { workflowId })
      .orderBy('version.version', 'DESC')
      .limit(limit);
    if (before !== undefined) query.andWhere('version.id < :before', { before });
    return query.getMany();
  }

  listWorkflows(organizationId: string, filter: WorkflowFilter): Promise<WorkflowEntity[]> {
    const query = this.database.manager
      .createQueryBuilder(WorkflowEntity, 'workflow')
      .where('workflow.organizationId = :organizationId', { organizationId })
      .orderBy('workflow.id', 'DESC')
      .limit(filter.limit);
    if (filter.before !== undefined) query.andWhere('workflow.id < :before', { before: filter.before });
    if (filter.within !== undefined) query.andWhere('workflow.id = any(:within)', { within: filter.within });
    if (filter.status !== undefined) query.andWhere('workflow.status = :status', { status: filter.status });
    if (filter.search !== undefined) {
      query.andWhere('workflow.name ilike :search', { search: `%${filter.search.replace(/[\\%_]/g, '\\$&')}%` });
    }
    return query.getMany();
  }

  async insertWorkflow(tx: Tx, { definition, ...head }: NewHead): Promise<void> {
    const workflow = { ...head, trigger: definition.trigger };
    await tx.insert<ObjectLiteral>(WorkflowEntity, workflow);
    await this.observers.changed(tx, workflow, { definition, statusChanged: false });
  }

  async insertVersion(tx: Tx, version: Omit<WorkflowVersionEntity, 'createdAt'>): Promise<void> {
    const { organizationId, id, workflowId, version: number, changeSummary, createdBy } = version;
    const definition = JSON.stringify(version.definition);
    await tx.query(INSERT_VERSION, [organizationId, id, workflowId, number, definition, changeSummary, createdBy]);
  }

  /** Replaces a definition that no run has used. */
  async deleteVersion(tx: Tx, organizationId: string, id: string): Promise<void> {
    await tx.delete(WorkflowVersionEntity, { organizationId, id });
  }

  /** `change.status` only where it becomes another one. */
  async updateWorkflow(tx: Tx, organizationId: string, id: string, change: HeadChange): Promise<void> {
    const { definition = null, ...head } = change;
    const columns = { ...head, ...(definition && { trigger: definition.trigger }), updatedAt: () => 'now()' };
    await tx.update<ObjectLiteral>(WorkflowEntity, { organizationId, id }, columns);
    const workflow = await tx.findOneByOrFail(WorkflowEntity, { organizationId, id });
    await this.observers.changed(tx, workflow, { definition, statusChanged: change.status !== undefined });
  }

  /** Whether any run executes, or executed, this version. */
  async isVersionUsed(tx: Tx, organizationId: string, workflowId: string, versionId: string): Promise<boolean> {
    const rows: unknown[] = await tx.query(VERSION_USED, [organizationId, workflowId, versionId]);
    return rows.length > 0;
  }
}

const VERSION_USED = 'select 1 from runs where organization_id = $1 and workflow_id = $2 and version_id = $3 limit 1';

/** As SQL, since TypeORM's types cannot follow a recursive JSON type. */
const INSERT_VERSION = `
insert into workflow_versions (organization_id, id, workflow_id, version, definition, change_summary, created_by)
values ($1, $2, $3, $4, $5, $6, $7)`;
