import { Injectable } from '@nestjs/common';
import { BlockRegistry } from '#libs/block-kit';
import { newId } from '#libs/ids';
import { Database, type Tx } from '../../platform/database/index.js';
import { Encryption } from '../../platform/encryption/index.js';
import { invalidStatus, validationError } from '../../platform/errors/index.js';
import { type Caller, forbidden } from '../auth/index.js';
import type { WorkflowDefinition } from './definition.js';
import type { CreateWorkflowDto, UpdateWorkflowDto } from './dto/workflow.dto.js';
import { given } from './given.js';
import { proveDefinition } from './prove-definition.js';
import type { RollbackWorkflowDto } from './dto/workflow-version.dto.js';
import { webhooksOf } from './webhook-definition.js';
import type { WorkflowEntity } from './workflow.entity.js';
import { changedMeanwhile, workflowNotFound } from './workflow.errors.js';
import { type CurrentVersion, WorkflowRepository } from './workflow.repository.js';

/** A workflow as it was when its change was worked out. */
interface SeenWorkflow {
  id: string;
  version: number;
  versionId: string;
  definition: WorkflowDefinition;
}

type Author = Pick<Caller, 'organizationId' | 'userId' | 'workflowIds'>;

/** What of a workflow is not its definition, and why that changes. */
type HeadChange = Pick<UpdateWorkflowDto, 'name' | 'description' | 'changeSummary'>;

/** Creates and changes workflows. A definition is compiled before it is stored, so a stored one always runs. */
@Injectable()
export class SaveWorkflow {
  constructor(
    private readonly database: Database,
    private readonly workflows: WorkflowRepository,
    private readonly registry: BlockRegistry,
    private readonly encryption: Encryption,
  ) {}

  /** @returns the new workflow's id */
  create(caller: Author, body: CreateWorkflowDto): Promise<string> {
    return this.createWith(caller, body, toDefinition(body));
  }

  /** Creates a workflow of a definition whose shape has been validated. */
  async createWith(
    caller: Author,
    body: Pick<CreateWorkflowDto, 'name' | 'description'>,
    definition: WorkflowDefinition,
  ): Promise<string> {
    const { organizationId, userId, workflowIds } = caller;
    if (workflowIds) throw forbidden('This API key is bound to named workflows and cannot create others.');
    await this.check(organizationId, definition);
    const [id, versionId] = [newId(), newId()];
    await this.database.transaction(async (tx) => {
      const { name, description = null } = body;
      await this.workflows.insertWorkflow(tx, {
        organizationId,
        id,
        name,
        description,
        status: 'draft',
        version: 1,
        versionId,
        definition,
      });
      const version = { organizationId, id: versionId, workflowId: id, version: 1, definition };
      await this.workflows.insertVersion(tx, { ...version, changeSummary: null, createdBy: userId });
    });
    return id;
  }

  /**
   * Changes a workflow. A changed definition becomes a new version, current at once; only a draft that has never run keeps its number.
   */
  update(caller: Caller, id: string, body: UpdateWorkflowDto): Promise<void> {
    return this.change(caller, id, (definition) => mergeDefinition(definition, body), body);
  }

  /**
   * Changes a workflow's definition by what it is now, and its head.
   * @param work answers a definition whose shape has been validated; null: it does not change
   */
  async change(
    caller: Caller,
    id: string,
    work: (definition: WorkflowDefinition) => WorkflowDefinition | null | Promise<WorkflowDefinition | null>,
    body: HeadChange,
  ): Promise<void> {
    const { organizationId } = caller;
    const seen = await this.getDefinition(organizationId, id);
    const definition = await work(seen.definition);
    const changed = definition && JSON.stringify(definition) !== JSON.stringify(seen.definition) ? definition : null;
    if (changed) await this.check(organizationId, changed);
    await this.store(caller, seen, changed, body);
  }

  /**
   * Makes an earlier definition the current one again, as a new version.
   * @throws DomainError NOT_FOUND, INVALID_STATUS, VALIDATION_ERROR also where the definition no longer compiles
   */
  async rollback(caller: Caller, id: string, { version, changeSummary }: RollbackWorkflowDto): Promise<void> {
    const { organizationId } = caller;
    const seen = await this.getDefinition(organizationId, id);
    const refuse = (message: string) =>
      validationError('Request validation failed', { details: [{ path: ['version'], message }] });
    if (version === seen.version) throw refuse('is the current version already');
    const earlier = await this.workflows.findVersionNumber(organizationId, id, version);
    if (!earlier) throw refuse(`does not exist; the workflow has the versions 1 to ${seen.version}`);
    await this.check(organizationId, earlier.definition);
    await this.store(caller, seen, earlier.definition, {
      changeSummary: changeSummary ?? `Rolled back to version ${version}`,
    });
  }

  /** @param definition null: it does not change */
  private async store(
    caller: Caller,
    seen: SeenWorkflow,
    definition: WorkflowDefinition | null,
    body: HeadChange,
  ): Promise<void> {
    const { organizationId } = caller;
    await this.database.transaction(async (tx) => {
      const workflow = await this.workflows.lockWorkflow(tx, organizationId, seen.id);
      if (!workflow) throw workflowNotFound();
      if (workflow.status === 'archived')
        throw invalidStatus('An archived workflow cannot be changed. Current status: archived');
      if (workflow.versionId !== seen.versionId)
        throw changedMeanwhile('The workflow was changed by another request; read it and try again');
      const change = definition
        ? await this.replaceVersion(tx, workflow, definition, body.changeSummary ?? null, caller.userId)
        : {};
      await this.workflows.updateWorkflow(tx, organizationId, seen.id, {
        ...change,
        ...(body.name !== undefined && { name: body.name }),
        ...(body.description !== undefined && { description: body.description }),
      });
    });
  }

  private async getDefinition(organizationId: string, id: string): Promise<SeenWorkflow> {
    const workflow = await this.workflows.findWorkflow(organizationId, id);
    const version = workflow && (await this.workflows.findVersion(organizationId, workflow.versionId));
    if (!workflow || !version) throw workflowNotFound();
    const { version: number, versionId } = workflow;
    return { id, version: number, versionId, definition: version.definition };
  }

  private async replaceVersion(
    tx: Tx,
    workflow: WorkflowEntity,
    definition: WorkflowDefinition,
    changeSummary: string | null,
    createdBy: string,
  ): Promise<CurrentVersion> {
    const { organizationId, id: workflowId, versionId: oldId } = workflow;
    const inPlace =
      workflow.status === 'draft' && !(await this.workflows.isVersionUsed(tx, organizationId, workflowId, oldId));
    if (inPlace) await this.workflows.deleteVersion(tx, organizationId, oldId);
    const version = inPlace ? workflow.version : workflow.version + 1;
    const versionId = newId();
    await this.workflows.insertVersion(tx, {
      organizationId,
      id: versionId,
      workflowId,
      version,
      definition,
      changeSummary,
      createdBy,
    });
    return { version, versionId, definition };
  }

  private async check(organizationId: string, definition: WorkflowDefinition): Promise<void> {
    const { privacy } = await proveDefinition(definition, this.registry, organizationId);
    // Without a key the runs or the webhooks' secrets could not be stored; it says so, naming the setting.
    if (privacy || webhooksOf(definition).length > 0) await this.encryption.seal(organizationId, 'workflow', '');
  }
}

/** The stored form of a request: members that are absent stay absent. */
function toDefinition(
  body: Pick<CreateWorkflowDto, 'trigger' | 'inputSchema' | 'outputSchema' | 'steps' | 'settings'>,
): WorkflowDefinition {
  const { trigger, inputSchema, outputSchema, steps, settings } = body;
  const members = {
    // Null is the same as absent.
    trigger: given(trigger),
    inputSchema: inputSchema ?? undefined,
    outputSchema: outputSchema ?? undefined,
    steps,
    settings,
  };
  return JSON.parse(JSON.stringify(members)) as WorkflowDefinition;
}

/** The definition after a change, or null when the change does not touch it. A schema is removed with null. */
function mergeDefinition(old: WorkflowDefinition, body: UpdateWorkflowDto): WorkflowDefinition | null {
  const members = ['trigger', 'inputSchema', 'outputSchema', 'steps', 'settings'] as const;
  const changed = members.filter((member) => body[member] !== undefined);
  if (changed.length === 0) return null;
  const merged = { ...old, ...Object.fromEntries(changed.map((member) => [member, body[member]])) };
  const { graph } = old;
  // A list of steps takes the place of a graph; any other change leaves it.
  return { ...toDefinition(merged), ...(graph && body.steps === undefined && { graph }) };
}
