import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Page, PageQuery } from '../../../platform/http/index.js';
import { PageOf } from '../../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../../auth/index.js';
import { OAuthAppDto, PutOAuthAppDto } from './dto/oauth-app.dto.js';
import { OAuthApps } from './oauth-apps.js';

@ApiTags('Connections')
@Controller('api/v1/oauth-apps')
export class OAuthAppsController {
  constructor(private readonly apps: OAuthApps) {}

  /** List OAuth apps, newest first. */
  @Get()
  @RequireScopes('connections:read')
  @PageOf(OAuthAppDto)
  listOAuthApps(@CurrentCaller() caller: Caller, @Query() query: PageQuery): Promise<Page<OAuthAppDto>> {
    return this.apps.list(caller.organizationId, query);
  }

  /** Get an OAuth app. */
  @Get(':name')
  @RequireScopes('connections:read')
  getOAuthApp(@CurrentCaller() caller: Caller, @Param('name') name: string): Promise<OAuthAppDto> {
    return this.apps.get(caller.organizationId, name);
  }

  /**
   * Create an OAuth app, or replace it.
   * Its name is usually that of a provider; several apps of one provider have names of their own. Another client or token endpoint ends the
   * authorizations that were given with it.
   */
  @Put(':name')
  @RequireScopes('connections:write')
  putOAuthApp(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Body() body: PutOAuthAppDto,
  ): Promise<OAuthAppDto> {
    return this.apps.put(caller.organizationId, name, body);
  }

  /** Delete an OAuth app. Its connections work until their access tokens end. */
  @Delete(':name')
  @HttpCode(204)
  @RequireScopes('connections:write')
  deleteOAuthApp(@CurrentCaller() caller: Caller, @Param('name') name: string): Promise<void> {
    return this.apps.delete(caller.organizationId, name);
  }
}
