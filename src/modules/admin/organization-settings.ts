import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import { type Issue, validationError } from '../../platform/errors/index.js';
import { Organizations } from '../organizations/index.js';
import type { OrganizationDto, UpdateOrganizationDto } from './dto/organization.dto.js';

/** Shows and changes an organization. What it does not set itself follows the server. */
@Injectable()
export class OrganizationSettings {
  constructor(
    private readonly database: Database,
    private readonly organizations: Organizations,
    private readonly server: Settings,
  ) {}

  async get(organizationId: string): Promise<OrganizationDto> {
    const { name, plan, settings } = await this.organizations.getOrganization(organizationId);
    return {
      name,
      plan,
      settings: {
        retentionDays: settings.retentionDays ?? this.server.RETENTION_DAYS,
        concurrency: settings.concurrency ?? this.server.ORGANIZATION_CONCURRENCY,
        backlog: settings.backlog ?? this.server.ORGANIZATION_BACKLOG,
      },
    };
  }

  /** @throws DomainError VALIDATION_ERROR for a cap above the server's: the operator bounds its tenants */
  async change(organizationId: string, { name, settings }: UpdateOrganizationDto): Promise<void> {
    const issues = [
      ...this.checkCap('concurrency', settings?.concurrency, this.server.ORGANIZATION_CONCURRENCY),
      ...this.checkCap('backlog', settings?.backlog, this.server.ORGANIZATION_BACKLOG),
    ];
    if (issues.length > 0) throw validationError('Request validation failed', { details: issues });
    await this.database.transaction((tx) =>
      this.organizations.updateOrganization(tx, organizationId, { name, settings: settings && { ...settings } }),
    );
  }

  private checkCap(member: string, value: number | null | undefined, most: number): Issue[] {
    if (typeof value !== 'number' || value <= most) return [];
    return [{ path: ['settings', member], message: `must not be more than the server's ${most}` }];
  }
}
