import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Errors } from '../../../platform/openapi/index.js';
import { type Caller, CurrentCaller, RequireScopes } from '../../auth/index.js';
import { RateLimit } from '../../rate-limit/index.js';
import { AuthorizeConnection } from './authorize-connection.js';
import { AuthorizationDto, AuthorizationQuery } from './dto/authorization.dto.js';

@ApiTags('Connections')
@Controller('api/v1/connections')
export class AuthorizationsController {
  constructor(private readonly authorizer: AuthorizeConnection) {}

  /**
   * Begin an OAuth 2 authorization.
   * Makes a pending connection and answers the address where a person authorizes it. Needs an OAuth app of the provider.
   */
  @Get(':provider/auth-url')
  @RateLimit('write')
  @Errors(409)
  @RequireScopes('connections:write')
  getAuthorizationUrl(
    @CurrentCaller() caller: Caller,
    @Param('provider') provider: string,
    @Query() query: AuthorizationQuery,
  ): Promise<AuthorizationDto> {
    return this.authorizer.execute(caller.organizationId, provider, query);
  }
}
