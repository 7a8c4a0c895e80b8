import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

/** How a client proves itself at the token endpoint (RFC 6749 §2.3.1). */
export const CLIENT_AUTHENTICATIONS = ['client_secret_basic', 'client_secret_post', 'none'] as const;
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number];

/** An organization's registration as a client of an OAuth 2 server. */
@Entity('oauth_apps')
@Unique('oauth_apps_name_key', ['organizationId', 'name'])
@Check(
  'oauth_apps_client_authentication_check',
  `"client_authentication" in ('client_secret_basic', 'client_secret_post', 'none')`,
)
export class OAuthAppEntity {
  @PrimaryColumn('uuid')
  @ForeignKey('organizations', { name: 'oauth_apps_organization_fkey', onDelete: 'CASCADE' })
  organizationId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  /** The connector that its connections are of. */
  @Column('text') provider: string;
  @Column('text') authorizationUrl: string;
  @Column('text') tokenUrl: string;
  /** Null: not checked. */
  @Column('text', { nullable: true }) issuer: string | null;
  @Column('text') clientId: string;
  /** Sealed; null for a public client. */
  @Column('text', { nullable: true }) clientSecret: string | null;
  @Column('text') clientAuthentication: ClientAuthentication;
  @Column('text', { array: true }) scopes: string[];
  /** Further parameters of the authorization request. */
  @Column('jsonb') authorizationParameters: Record<string, string>;
  /** Settings of the connections that are made with it. */
  @Column('jsonb') settings: Record<string, unknown>;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
  @Column('timestamptz', { default: () => 'now()' }) updatedAt: Date;
}
