import { Injectable } from '@nestjs/common';
import { newId } from '#libs/ids';
import { Database, type Tx } from '../../platform/database/index.js';
import {
  MembershipEntity,
  OrganizationEntity,
  type OrganizationSettings,
  type Plan,
  UserEntity,
} from './organization.entity.js';

export interface NewOrganization {
  name: string;
  /** Default `pro`: a self-hosted organization may do everything. */
  plan?: Plan;
  settings?: OrganizationSettings;
  owner: { name: string; email?: string };
}

/** An organization and the user who owns it. */
export interface Owner {
  organizationId: string;
  userId: string;
}

/** Transactions that look for the first organization run one after another under this lock ('orgs' in ASCII). */
const FIRST_ORGANIZATION_LOCK = 0x6f726773;

@Injectable()
export class Organizations {
  constructor(private readonly database: Database) {}

  /** Whether the server has any organization yet. */
  exists(): Promise<boolean> {
    return this.database.manager.exists(OrganizationEntity);
  }

  /** The organization's own caps on its runs; what is not set follows the server's settings. */
  async findCaps(organizationId: string): Promise<Pick<OrganizationSettings, 'concurrency' | 'backlog'>> {
    const organization = await this.database.manager.findOneBy(OrganizationEntity, { id: organizationId });
    const { concurrency, backlog } = organization?.settings ?? {};
    return { ...(concurrency !== undefined && { concurrency }), ...(backlog !== undefined && { backlog }) };
  }

  /** Creates an organization with its owner. */
  async create(tx: Tx, { name, plan = 'pro', settings = {}, owner }: NewOrganization): Promise<Owner> {
    const [organizationId, userId] = [newId(), newId()];
    await tx.insert(OrganizationEntity, { id: organizationId, name, plan, settings });
    await tx.insert(UserEntity, { id: userId, name: owner.name, email: owner.email ?? null });
    await tx.insert(MembershipEntity, { organizationId, userId, role: 'owner' });
    return { organizationId, userId };
  }

  /**
   * Creates the server's first organization, or returns null when there is one. Any number of processes may start on an empty
   * database at once: the lock lasts to the end of the transaction, so exactly one of them creates it.
   */
  async createFirst(tx: Tx, organization: NewOrganization): Promise<Owner | null> {
    await tx.query('select pg_advisory_xact_lock($1)', [FIRST_ORGANIZATION_LOCK]);
    return (await tx.exists(OrganizationEntity)) ? null : this.create(tx, organization);
  }
}
