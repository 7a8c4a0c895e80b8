import { Injectable } from '@nestjs/common';
import type { ModelSettings } from '#libs/agents';
import { newId } from '#libs/ids';
import { Database } from '../../platform/database/index.js';
import { type Caller, forbidden } from '../auth/index.js';
import { agentNotFound } from './agent.errors.js';
import { AgentRepository } from './agent.repository.js';
import type { CreateAgentDto, UpdateAgentDto } from './dto/agent.dto.js';

/** Who changes agents. */
export type AgentAuthor = Pick<Caller, 'organizationId' | 'workflowIds'>;

/** Creates, changes and deletes agents. */
@Injectable()
export class SaveAgent {
  constructor(
    private readonly database: Database,
    private readonly agents: AgentRepository,
  ) {}

  /**
   * @param id of the new agent; where there is one with it already, that one is the answer as it is
   * @returns its id
   */
  async create(author: AgentAuthor, body: CreateAgentDto, id = newId()): Promise<string> {
    assertUnbound(author);
    const { name, description = null, model = null, instructions = null, settings } = body;
    const agent = { name, description, model, instructions, settings: toSettings(settings) };
    await this.database.transaction((tx) =>
      this.agents.insertAgent(tx, { organizationId: author.organizationId, id, ...agent }),
    );
    return id;
  }

  /**
   * Members left out stay as they are.
   * @throws DomainError NOT_FOUND
   */
  async update(author: AgentAuthor, id: string, body: UpdateAgentDto): Promise<void> {
    assertUnbound(author);
    const { name, description, model, instructions, settings } = body;
    const change = {
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(model !== undefined && { model }),
      ...(instructions !== undefined && { instructions }),
      ...(settings !== undefined && { settings: toSettings(settings) }),
    };
    const exists = await this.database.transaction((tx) =>
      this.agents.updateAgent(tx, author.organizationId, id, change),
    );
    if (!exists) throw agentNotFound();
  }

  /**
   * Runs that have asked it stay.
   * @throws DomainError NOT_FOUND
   */
  async delete(author: AgentAuthor, id: string): Promise<void> {
    assertUnbound(author);
    const existed = await this.database.transaction((tx) => this.agents.deleteAgent(tx, author.organizationId, id));
    if (!existed) throw agentNotFound();
  }
}

/** Null means the same as absent. */
const toSettings = (settings: ModelSettings | null | undefined): ModelSettings =>
  Object.fromEntries(Object.entries(settings ?? {}).filter(([, value]) => (value ?? null) !== null));

/** Agents belong to all workflows of the organization. */
function assertUnbound({ workflowIds }: AgentAuthor): void {
  if (workflowIds) throw forbidden('This API key is bound to named workflows and cannot change agents.');
}
