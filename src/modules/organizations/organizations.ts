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

/** What an administrator may change. */
export interface OrganizationChange {
  name?: string | undefined;
  settings?: { [Name in keyof OrganizationSettings]?: OrganizationSettings[Name] | null } | undefined;
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

  /** @throws EntityNotFoundError; whoever asks has authenticated as the organization */
  getOrganization(id: string): Promise<OrganizationEntity> {
    return this.database.manager.findOneByOrFail(OrganizationEntity, { id });
  }

  /** Every organization with the days for which it keeps its runs; null where it follows the server. */
  async listRetention(): Promise<{ id: string; days: number | null }[]> {
    const { rows } = await this.database.run<{ id: string; days: number | null }>(LIST_RETENTION, []);
    return rows;
  }

  /** Changes what is given. A setting that is null follows the server's again. */
  async updateOrganization(tx: Tx, id: string, change: OrganizationChange): Promise<void> {
    await tx.query(UPDATE_ORGANIZATION, [id, change.name ?? null, JSON.stringify(change.settings ?? {})]);
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

const LIST_RETENTION = {
  name: 'list_retention',
  text: `select id, (settings ->> 'retentionDays')::int as days from organizations order by id`,
};

/** Merged in the statement: two changes at once of different settings both hold. */
const UPDATE_ORGANIZATION = `
update organizations set name = coalesce($2, name), settings = jsonb_strip_nulls(settings || $3::jsonb) where id = $1`;
