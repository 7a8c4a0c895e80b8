import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { invalidStatus } from '../../platform/errors/index.js';
import { workflowNotFound } from './workflow.errors.js';
import { WorkflowRepository } from './workflow.repository.js';
import { moveTo, type WorkflowMove } from './workflow.status.js';

/** Moves a workflow to another state. Runs that have started are not touched. */
@Injectable()
export class MoveWorkflow {
  constructor(
    private readonly database: Database,
    private readonly workflows: WorkflowRepository,
  ) {}

  async execute(organizationId: string, id: string, move: WorkflowMove): Promise<void> {
    await this.database.transaction(async (tx) => {
      const workflow = await this.workflows.lockWorkflow(tx, organizationId, id);
      if (!workflow) throw workflowNotFound();
      const status = moveTo(workflow.status, move);
      if (status === null) throw invalidStatus(`Cannot ${move} this workflow. Current status: ${workflow.status}`);
      if (status !== workflow.status) await this.workflows.updateWorkflow(tx, organizationId, id, { status });
    });
  }
}
