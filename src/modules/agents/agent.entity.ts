import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { ModelSettings } from '#libs/agents';

@Entity('agents')
@Check('agents_settings_check', `jsonb_typeof("settings") = 'object'`)
export class AgentEntity {
  @PrimaryColumn('uuid')
  @ForeignKey('organizations', { name: 'agents_organization_fkey', onDelete: 'CASCADE' })
  organizationId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  @Column('text', { nullable: true }) description: string | null;
  /** Null: the server's default. */
  @Column('text', { nullable: true }) model: string | null;
  @Column('text', { nullable: true }) instructions: string | null;
  @Column('jsonb', { default: {} }) settings: ModelSettings;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
  @Column('timestamptz', { default: () => 'now()' }) updatedAt: Date;
}
