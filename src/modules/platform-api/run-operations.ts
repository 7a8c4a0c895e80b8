import { Injectable } from '@nestjs/common';
import { ControlRun, ListRunsQuery, RunIdPipe, RunReader, toNativeStatus } from '../runs/index.js';
import { type Operations, read } from './operation.js';

const idPipe = new RunIdPipe();

@Injectable()
export class RunOperations {
  readonly operations: Operations = {
    list: {
      scopes: ['runs:read'],
      execute: (caller, { params }) => this.reader.listRuns(caller, read(ListRunsQuery, params, 'query')),
    },
    get: {
      scopes: ['runs:read'],
      execute: (caller, { id }) => this.reader.getRun(caller, idPipe.transform(id)),
    },
    cancel: {
      scopes: ['runs:write', 'workflows:execute'],
      execute: async (caller, { id }) => {
        const status = await this.control.cancel(caller, idPipe.transform(id));
        return { success: true, status: toNativeStatus(status) };
      },
    },
    retry: {
      scopes: ['runs:write', 'workflows:execute'],
      status: 202,
      execute: async (caller, { id }) => {
        const bare = idPipe.transform(id);
        await this.control.retry(caller, bare);
        return this.reader.getRun(caller, bare);
      },
    },
  };

  constructor(
    private readonly reader: RunReader,
    private readonly control: ControlRun,
  ) {}
}
