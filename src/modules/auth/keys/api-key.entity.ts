import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique, VirtualColumn } from 'typeorm';
import type { RateCategory } from '../rate-category.js';
import type { Scope } from '../scopes.js';

@Entity('api_keys')
@Unique('api_keys_hash_key', ['hash'])
@Index('api_keys_by_user', ['organizationId', 'userId'])
@Check('api_keys_hash_check', `octet_length("hash") = 32`)
@Check('api_keys_scopes_check', `cardinality("scopes") > 0`)
@ForeignKey('memberships', ['organizationId', 'userId'], ['organizationId', 'userId'], {
  name: 'api_keys_membership_fkey',
  onDelete: 'CASCADE',
})
export class ApiKeyEntity {
  @PrimaryColumn('uuid')
  @ForeignKey('organizations', { name: 'api_keys_organization_fkey', onDelete: 'CASCADE' })
  organizationId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') userId: string;
  @Column('text') name: string;
  /** SHA-256 of the key; the key itself is stored nowhere. */
  @Column('bytea', { select: false }) hash: Buffer;
  /** The key's first 12 characters. */
  @Column('text') prefix: string;
  @Column('text') last4: string;
  @Column('text', { array: true }) scopes: Scope[];
  /** Null: every workflow. */
  @Column('uuid', { array: true, nullable: true }) workflowIds: string[] | null;
  @Column('jsonb', { nullable: true }) rateLimits: Partial<Record<RateCategory, number>> | null;
  @Column('timestamptz', { nullable: true }) expiresAt: Date | null;
  @Column('timestamptz', { nullable: true }) revokedAt: Date | null;
  @Column('timestamptz', { nullable: true }) lastUsedAt: Date | null;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
  /** By the database's clock, like every expiry. */
  @VirtualColumn({ type: 'boolean', query: (alias) => `coalesce(${alias}.expires_at <= now(), false)` })
  readonly expired: boolean;
}
