import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Page, PageQuery } from '../../platform/http/index.js';
import { PageOf } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { AgentIdPipe } from './agent-id.js';
import { AgentReader } from './agent-reader.js';
import { AgentDto, CreateAgentDto, UpdateAgentDto } from './dto/agent.dto.js';
import { SaveAgent } from './save-agent.js';

@ApiTags('Agents')
@Controller('api/v1/agents')
export class AgentsController {
  constructor(
    private readonly reader: AgentReader,
    private readonly saver: SaveAgent,
  ) {}

  /** Create an agent. */
  @Post()
  @RequireScopes('agents:write')
  async createAgent(@CurrentCaller() caller: Caller, @Body() body: CreateAgentDto): Promise<AgentDto> {
    return this.reader.getAgent(caller.organizationId, await this.saver.create(caller, body));
  }

  /** List agents, newest first. */
  @Get()
  @RequireScopes('agents:read')
  @PageOf(AgentDto)
  async listAgents(@CurrentCaller() { organizationId }: Caller, @Query() query: PageQuery): Promise<Page<AgentDto>> {
    return this.reader.listAgents(organizationId, query);
  }

  /** Get an agent. */
  @Get(':id')
  @RequireScopes('agents:read')
  async getAgent(@CurrentCaller() { organizationId }: Caller, @Param('id', AgentIdPipe) id: string): Promise<AgentDto> {
    return this.reader.getAgent(organizationId, id);
  }

  /** Change an agent. Steps ask it as it is when they run. */
  @Patch(':id')
  @RequireScopes('agents:write')
  async updateAgent(
    @CurrentCaller() caller: Caller,
    @Param('id', AgentIdPipe) id: string,
    @Body() body: UpdateAgentDto,
  ): Promise<AgentDto> {
    await this.saver.update(caller, id, body);
    return this.reader.getAgent(caller.organizationId, id);
  }

  /** Delete an agent. Its runs stay; steps that ask it fail from then on. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('agents:write')
  async deleteAgent(@CurrentCaller() caller: Caller, @Param('id', AgentIdPipe) id: string): Promise<void> {
    await this.saver.delete(caller, id);
  }
}
