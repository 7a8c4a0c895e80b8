import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A data key of an organization. The newest seals, all of them open. */
@Entity('organization_keys')
export class OrganizationKeyEntity {
  @PrimaryColumn('uuid')
  @ForeignKey('organizations', { name: 'organization_keys_organization_fkey', onDelete: 'CASCADE' })
  organizationId: string;
  /** Named by the texts it seals. */
  @PrimaryColumn('uuid') id: string;
  /** Sealed by a key-encryption key, which it names. */
  @Column('text') wrappedKey: string;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
}
