import { Injectable } from '@nestjs/common';
import { assertBoundTo } from '../auth/index.js';
import { ListWorkflowsQuery, WorkflowIdPipe, WorkflowReader } from '../workflows/index.js';
import { type Operations, read } from './operation.js';

const idPipe = new WorkflowIdPipe();

@Injectable()
export class WorkflowOperations {
  readonly operations: Operations = {
    list: {
      scopes: ['workflows:read'],
      execute: (caller, { params }) => this.reader.listWorkflows(caller, read(ListWorkflowsQuery, params, 'query')),
    },
    get: {
      scopes: ['workflows:read'],
      execute: (caller, { id }) => {
        const bare = idPipe.transform(id);
        assertBoundTo(caller, bare);
        return this.reader.getWorkflow(caller.organizationId, bare);
      },
    },
    /** Says only whether: the run itself is started below the step. */
    run: {
      scopes: ['workflows:execute'],
      execute: async (caller, { id }) => {
        assertBoundTo(caller, idPipe.transform(id));
        return null;
      },
    },
  };

  constructor(private readonly reader: WorkflowReader) {}
}
