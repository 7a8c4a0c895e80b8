import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Page, PageQuery } from '../../../platform/http/index.js';
import { PageOf } from '../../../platform/openapi/index.js';
import { type Caller, CurrentCaller } from '../caller.js';
import { RequireScopes } from '../scopes.js';
import { ApiKeys } from './api-keys.js';
import { CreateApiKey } from './create-api-key.js';
import { ApiKeyDto, CreatedApiKeyDto } from './dto/api-key.dto.js';
import { CreateApiKeyDto } from './dto/create-api-key.dto.js';

@ApiTags('API keys')
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly create: CreateApiKey,
  ) {}

  /** Create an API key for the caller's user. The key itself is in this answer only. */
  @Post()
  @RequireScopes('keys:write')
  createApiKey(@CurrentCaller() caller: Caller, @Body() body: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    return this.create.execute(caller, body);
  }

  /** List the organization's API keys, newest first, revoked and expired ones included. */
  @Get()
  @RequireScopes('keys:read')
  @PageOf(ApiKeyDto)
  listApiKeys(@CurrentCaller() caller: Caller, @Query() query: PageQuery): Promise<Page<ApiKeyDto>> {
    return this.keys.list(caller.organizationId, query);
  }

  /** Get an API key. */
  @Get(':id')
  @RequireScopes('keys:read')
  getApiKey(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ApiKeyDto> {
    return this.keys.get(caller.organizationId, id);
  }

  /** Revoke an API key: no request that comes after the answer is accepted with it. Revoking again changes nothing. */
  @Delete(':id')
  @RequireScopes('keys:write')
  revokeApiKey(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ApiKeyDto> {
    return this.keys.revoke(caller.organizationId, id);
  }
}
