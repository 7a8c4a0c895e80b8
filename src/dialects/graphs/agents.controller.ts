import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiQuery, ApiTags } from '@nestjs/swagger';
import { AgentIdPipe, AgentReader, SaveAgent } from '../../modules/agents/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../../modules/auth/index.js';
import {
  GraphAgentBodyDto,
  GraphAgentDeletedDto,
  GraphAgentDto,
  GraphAgentListDto,
  toGraphAgentDto,
} from './dto/agent.dto.js';
import { toPageNumbers } from './page-numbers.js';
import { readAgentChange, readNewAgent } from './read-agent.js';

@ApiTags('Graphs')
@Controller('api/agents')
export class GraphAgentsController {
  constructor(
    private readonly reader: AgentReader,
    private readonly saver: SaveAgent,
  ) {}

  /** Create an agent, as graphs name its members. */
  @Post()
  @RequireScopes('agents:write')
  @ApiBody({ type: GraphAgentBodyDto })
  async createGraphAgent(@CurrentCaller() caller: Caller, @Body() body: unknown): Promise<GraphAgentDto> {
    return this.get(caller, await this.saver.create(caller, readNewAgent(body)));
  }

  /** List agents, newest first, by page numbers. */
  @Get()
  @RequireScopes('agents:read')
  @ApiQuery({ name: 'limit', required: false, description: 'How many, 1 to 100; 50 by default.' })
  @ApiQuery({ name: 'offset', required: false, description: 'How many to leave out before them.' })
  async listGraphAgents(
    @CurrentCaller() { organizationId }: Caller,
    @Query('limit') limit?: string,
    @Query('offset') offset?: string,
  ): Promise<GraphAgentListDto> {
    const page = toPageNumbers(limit, offset);
    const { agents, total } = await this.reader.listFrom(organizationId, page);
    return { agents: agents.map(toGraphAgentDto), total, ...page };
  }

  /** Get an agent, as graphs name its members. */
  @Get(':id')
  @RequireScopes('agents:read')
  async getGraphAgent(@CurrentCaller() caller: Caller, @Param('id', AgentIdPipe) id: string): Promise<GraphAgentDto> {
    return this.get(caller, id);
  }

  /** Change an agent, as graphs name its members. Members left out stay as they are. */
  @Patch(':id')
  @RequireScopes('agents:write')
  @ApiBody({ type: GraphAgentBodyDto })
  async updateGraphAgent(
    @CurrentCaller() caller: Caller,
    @Param('id', AgentIdPipe) id: string,
    @Body() body: unknown,
  ): Promise<GraphAgentDto> {
    await this.saver.update(caller, id, readAgentChange(body));
    return this.get(caller, id);
  }

  /** Delete an agent. */
  @Delete(':id')
  @RequireScopes('agents:write')
  async deleteGraphAgent(
    @CurrentCaller() caller: Caller,
    @Param('id', AgentIdPipe) id: string,
  ): Promise<GraphAgentDeletedDto> {
    await this.saver.delete(caller, id);
    return { message: 'Agent deleted' };
  }

  private async get({ organizationId }: Caller, id: string): Promise<GraphAgentDto> {
    return toGraphAgentDto(await this.reader.getAgent(organizationId, id));
  }
}
