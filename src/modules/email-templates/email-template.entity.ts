import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A message to fill in. */
@Entity('email_templates')
@Index('email_templates_name_key', ['organizationId', 'name'], { unique: true })
@Check('email_templates_body_check', `"html" is not null or "text" is not null`)
export class EmailTemplateEntity {
  @PrimaryColumn('uuid')
  @ForeignKey('organizations', { name: 'email_templates_organization_fkey', onDelete: 'CASCADE' })
  organizationId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  @Column('text', { nullable: true }) description: string | null;
  @Column('text') subject: string;
  @Column('text', { nullable: true }) html: string | null;
  @Column('text', { nullable: true }) text: string | null;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
  @Column('timestamptz', { default: () => 'now()' }) updatedAt: Date;
}
