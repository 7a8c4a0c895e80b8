import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

/** What an organization may use; `free` may not create API keys. */
export type Plan = 'free' | 'pro';

export type Role = 'owner' | 'admin' | 'member' | 'viewer';

/** An organization's own caps; what is not set follows the server's settings. */
export interface OrganizationSettings {
  /** Runs that execute at the same time. */
  concurrency?: number;
  /** Unfinished runs. */
  backlog?: number;
  /** How long runs are kept after their end. */
  retentionDays?: number;
  /** Requests a minute by rate category, for every key of the organization that has no limit of its own. */
  rateLimits?: Record<string, number>;
}

@Entity('organizations')
@Check('organizations_plan_check', `"plan" in ('free', 'pro')`)
@Check('organizations_settings_check', `jsonb_typeof("settings") = 'object'`)
export class OrganizationEntity {
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  @Column('text', { default: 'pro' }) plan: Plan;
  @Column('jsonb', { default: {} }) settings: OrganizationSettings;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
}

@Entity('users')
@Unique('users_email_key', ['email'])
export class UserEntity {
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  @Column('text', { nullable: true }) email: string | null;
  /** Set: none of the user's keys is accepted. */
  @Column('timestamptz', { nullable: true }) disabledAt: Date | null;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
}

@Entity('memberships')
@Index('memberships_by_user', ['userId'])
@Check('memberships_role_check', `"role" in ('owner', 'admin', 'member', 'viewer')`)
export class MembershipEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => OrganizationEntity, { name: 'memberships_organization_fkey', onDelete: 'CASCADE' })
  organizationId: string;
  @PrimaryColumn('uuid')
  @ForeignKey(() => UserEntity, { name: 'memberships_user_fkey', onDelete: 'CASCADE' })
  userId: string;
  @Column('text') role: Role;
}
