import { Injectable } from '@nestjs/common';
import { decodeCursor, type Page, type PageQuery, toPage } from '../../platform/http/index.js';
import { agentNotFound } from './agent.errors.js';
import { AgentRepository } from './agent.repository.js';
import { type AgentDto, toAgentDto } from './dto/agent.dto.js';

@Injectable()
export class AgentReader {
  constructor(private readonly agents: AgentRepository) {}

  /** @throws DomainError NOT_FOUND */
  async getAgent(organizationId: string, id: string): Promise<AgentDto> {
    const agent = await this.agents.findAgent(organizationId, id);
    if (!agent) throw agentNotFound();
    return toAgentDto(agent);
  }

  async listAgents(organizationId: string, { limit, cursor }: PageQuery): Promise<Page<AgentDto>> {
    const before = cursor === undefined ? {} : { before: decodeCursor(cursor) };
    const rows = await this.agents.listAgents(organizationId, { limit: limit + 1, ...before });
    return toPage(rows, limit, toAgentDto);
  }

  /** A page by numbers, for those who cannot follow cursors. */
  async listFrom(
    organizationId: string,
    page: { limit: number; offset: number },
  ): Promise<{ agents: AgentDto[]; total: number }> {
    const [rows, total] = await Promise.all([
      this.agents.listAgents(organizationId, page),
      this.agents.countAgents(organizationId),
    ]);
    return { agents: rows.map(toAgentDto), total };
  }
}
