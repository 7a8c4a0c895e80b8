import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Page } from '../../platform/http/index.js';
import { Errors, PageOf } from '../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { ConnectionIdPipe } from './connection-id.js';
import { ConnectionReader } from './connection-reader.js';
import {
  ConnectionDto,
  ConnectionTestDto,
  CreateConnectionDto,
  ListConnectionsQuery,
  UpdateConnectionDto,
} from './dto/connection.dto.js';
import { SaveConnection } from './save-connection.js';
import { TestConnection } from './test-connection.js';

@ApiTags('Connections')
@Controller('api/v1/connections')
export class ConnectionsController {
  constructor(
    private readonly reader: ConnectionReader,
    private readonly saver: SaveConnection,
    private readonly tester: TestConnection,
  ) {}

  /** Create a connection with credentials. They are encrypted and never shown again. */
  @Post()
  @Errors(409)
  @RequireScopes('connections:write')
  async createConnection(@CurrentCaller() caller: Caller, @Body() body: CreateConnectionDto): Promise<ConnectionDto> {
    return this.reader.get(caller.organizationId, await this.saver.create(caller.organizationId, body));
  }

  /** List connections, newest first. */
  @Get()
  @RequireScopes('connections:read')
  @PageOf(ConnectionDto)
  listConnections(@CurrentCaller() caller: Caller, @Query() query: ListConnectionsQuery): Promise<Page<ConnectionDto>> {
    return this.reader.list(caller.organizationId, query);
  }

  /** Get a connection. */
  @Get(':id')
  @RequireScopes('connections:read')
  getConnection(@CurrentCaller() caller: Caller, @Param('id', ConnectionIdPipe) id: string): Promise<ConnectionDto> {
    return this.reader.get(caller.organizationId, id);
  }

  /**
   * Test a connection: one harmless call to the provider.
   * A connection that fails gets the status `error`, with which runs are refused; one that passes is active again.
   */
  @Post(':id/test')
  @HttpCode(200)
  @Errors(400)
  @RequireScopes('connections:write')
  testConnection(
    @CurrentCaller() caller: Caller,
    @Param('id', ConnectionIdPipe) id: string,
  ): Promise<ConnectionTestDto> {
    return this.tester.execute(caller.organizationId, id);
  }

  /** Change a connection. Steps that begin from then on use it as it is then. */
  @Patch(':id')
  @Errors(409)
  @RequireScopes('connections:write')
  async patchConnection(
    @CurrentCaller() caller: Caller,
    @Param('id', ConnectionIdPipe) id: string,
    @Body() body: UpdateConnectionDto,
  ): Promise<ConnectionDto> {
    await this.saver.update(caller.organizationId, id, body);
    return this.reader.get(caller.organizationId, id);
  }

  /** Change a connection; the same as PATCH. */
  @Put(':id')
  @Errors(409)
  @RequireScopes('connections:write')
  updateConnection(
    @CurrentCaller() caller: Caller,
    @Param('id', ConnectionIdPipe) id: string,
    @Body() body: UpdateConnectionDto,
  ): Promise<ConnectionDto> {
    return this.patchConnection(caller, id, body);
  }

  /** Delete a connection with its credentials. Workflows that need it are refused from then on, until there is another. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('connections:write')
  deleteConnection(@CurrentCaller() caller: Caller, @Param('id', ConnectionIdPipe) id: string): Promise<void> {
    return this.saver.delete(caller.organizationId, id);
  }
}
