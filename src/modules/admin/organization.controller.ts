import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentCaller, RequireScopes } from '../auth/index.js';
import { OrganizationDto, UpdateOrganizationDto } from './dto/organization.dto.js';
import { OrganizationSettings } from './organization-settings.js';

@ApiTags('Organization')
@Controller('api/v1/organization')
export class OrganizationController {
  constructor(private readonly settings: OrganizationSettings) {}

  /** Get the organization that the API key belongs to. */
  @Get()
  @RequireScopes('org:admin', 'workflows:read', 'runs:read')
  async getOrganization(@CurrentCaller() caller: Caller): Promise<OrganizationDto> {
    return this.settings.get(caller.organizationId);
  }

  /** Change the organization: its name, how long it keeps runs, and its limits. */
  @Patch()
  @RequireScopes('org:admin')
  async updateOrganization(
    @CurrentCaller() caller: Caller,
    @Body() body: UpdateOrganizationDto,
  ): Promise<OrganizationDto> {
    await this.settings.change(caller.organizationId, body);
    return this.settings.get(caller.organizationId);
  }
}
