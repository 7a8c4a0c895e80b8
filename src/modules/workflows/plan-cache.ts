import { Injectable } from '@nestjs/common';
import { BlockRegistry } from '#libs/block-kit';
import { LruCache } from '../../platform/cache/index.js';
import { validationError } from '../../platform/errors/index.js';
import { compileDefinition, type CompiledWorkflow } from './compile-definition.js';
import { WorkflowRepository } from './workflow.repository.js';
import type { WorkflowEntity } from './workflow.entity.js';

/** A workflow's head with its compiled version: everything a trigger needs to know. */
export interface WorkflowHead {
  organizationId: string;
  id: string;
  status: WorkflowEntity['status'];
  version: number;
  versionId: string;
  compiled: CompiledWorkflow;
}

const COMPILED_KEPT = 1_000;
const HEADS_KEPT = 5_000;

/**
 * Compiled versions, and the heads of workflows. Versions are immutable, so a compiled one is never stale; a head may be. Whoever decides on
 * a cached head lets the write check it (`INSERT_RUNS` does), and gives no negative answer without a fresh one.
 */
@Injectable()
export class PlanCache {
  private readonly compiled = new LruCache<string, Promise<CompiledWorkflow>>(COMPILED_KEPT);
  /** Ids of versions that are not current, by organization, workflow and number. */
  private readonly earlier = new LruCache<string, string>(HEADS_KEPT);
  private readonly heads = new LruCache<string, WorkflowHead>(HEADS_KEPT);

  constructor(
    private readonly workflows: WorkflowRepository,
    private readonly registry: BlockRegistry,
  ) {}

  /** The compiled version a run executes. */
  get(organizationId: string, versionId: string): Promise<CompiledWorkflow> {
    const known = this.compiled.get(versionId);
    if (known) return known;
    const loading = this.load(organizationId, versionId);
    this.compiled.set(versionId, loading);
    loading.catch(() => this.compiled.delete(versionId));
    return loading;
  }

  /** The head as last seen; null when there is no such workflow. */
  async findHead(organizationId: string, id: string): Promise<WorkflowHead | null> {
    return this.heads.get(`${organizationId} ${id}`) ?? this.findFreshHead(organizationId, id);
  }

  /** The head as it is now. */
  async findFreshHead(organizationId: string, id: string): Promise<WorkflowHead | null> {
    const workflow = await this.workflows.findWorkflow(organizationId, id);
    if (!workflow) return null;
    const { status, version, versionId } = workflow;
    const head = {
      organizationId,
      id,
      status,
      version,
      versionId,
      compiled: await this.get(organizationId, versionId),
    };
    this.heads.set(`${organizationId} ${id}`, head);
    return head;
  }

  /**
   * The head as it would be with another version; the same object for the current one. Earlier versions never change: only the current version
   * of a draft is replaced under its number.
   * @throws DomainError VALIDATION_ERROR when there is no such version
   */
  async pin(head: WorkflowHead, version: number): Promise<WorkflowHead> {
    if (version === head.version) return head;
    const versionId = version < head.version ? await this.findVersionId(head, version) : null;
    if (versionId === null) {
      const message = `does not exist; the workflow has the versions 1 to ${head.version}`;
      throw validationError('Request validation failed', { details: [{ path: ['version'], message }] });
    }
    return { ...head, version, versionId, compiled: await this.get(head.organizationId, versionId) };
  }

  private async findVersionId({ organizationId, id }: WorkflowHead, version: number): Promise<string | null> {
    const key = `${organizationId} ${id} ${version}`;
    const known = this.earlier.get(key);
    if (known !== undefined) return known;
    const found = await this.workflows.findVersionNumber(organizationId, id, version);
    if (found) this.earlier.set(key, found.id);
    return found?.id ?? null;
  }

  private async load(organizationId: string, versionId: string): Promise<CompiledWorkflow> {
    const version = await this.workflows.findVersion(organizationId, versionId);
    if (!version) throw new Error(`workflow version ${versionId} is missing`);
    return compileDefinition(version.definition, this.registry);
  }
}
