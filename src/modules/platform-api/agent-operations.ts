import { Injectable } from '@nestjs/common';
import { derivedId } from '#libs/ids';
import { PageQuery } from '../../platform/http/index.js';
import { AgentIdPipe, AgentReader, CreateAgentDto, SaveAgent, UpdateAgentDto } from '../agents/index.js';
import { type Operations, read } from './operation.js';

const idPipe = new AgentIdPipe();

@Injectable()
export class AgentOperations {
  readonly operations: Operations = {
    list: {
      scopes: ['agents:read'],
      execute: ({ organizationId }, { params }) =>
        this.reader.listAgents(organizationId, read(PageQuery, params, 'query')),
    },
    get: {
      scopes: ['agents:read'],
      execute: ({ organizationId }, { id }) => this.reader.getAgent(organizationId, idPipe.transform(id)),
    },
    create: {
      scopes: ['agents:write'],
      status: 201,
      execute: async (caller, { runId, body, idempotencyKey }) => {
        const id = derivedId(runId, idempotencyKey);
        await this.saver.create(caller, read(CreateAgentDto, body, 'body'), id);
        return this.reader.getAgent(caller.organizationId, id);
      },
    },
    update: {
      scopes: ['agents:write'],
      execute: async (caller, { id, body }) => {
        const bare = idPipe.transform(id);
        await this.saver.update(caller, bare, read(UpdateAgentDto, body, 'body'));
        return this.reader.getAgent(caller.organizationId, bare);
      },
    },
    delete: {
      scopes: ['agents:write'],
      status: 204,
      execute: async (caller, { id }) => {
        await this.saver.delete(caller, idPipe.transform(id));
        return null;
      },
    },
  };

  constructor(
    private readonly reader: AgentReader,
    private readonly saver: SaveAgent,
  ) {}
}
