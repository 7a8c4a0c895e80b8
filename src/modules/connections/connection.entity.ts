import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { AuthType, ConnectionStatus } from './connection.status.js';

/** An organization's access to an outside system. */
@Entity('connections')
@Unique('connections_name_key', ['organizationId', 'provider', 'name'])
@Check('connections_auth_type_check', `"auth_type" in ('credentials', 'oauth2')`)
@Check('connections_status_check', `"status" in ('active', 'pending', 'error', 'expired', 'disconnected')`)
export class ConnectionEntity {
  @PrimaryColumn('uuid')
  @ForeignKey('organizations', { name: 'connections_organization_fkey', onDelete: 'CASCADE' })
  organizationId: string;
  @PrimaryColumn('uuid') id: string;
  /** Name of its connector. */
  @Column('text') provider: string;
  @Column('text') name: string;
  @Column('text') authType: AuthType;
  @Column('text') status: ConnectionStatus;
  @Column('jsonb') settings: Record<string, unknown>;
  /** Sealed JSON; null until an authorization has been given. Sealed anew at each write, so that it also tells versions apart. */
  @Column('text', { nullable: true, select: false }) credentials: string | null;
  /** What is shown of the credentials, by member. */
  @Column('jsonb') credentialHints: Record<string, string>;
  /** Name of the OAuth app that it was authorized with. */
  @Column('text', { nullable: true }) oauthApp: string | null;
  /** When the access token ends; null: nobody knows. */
  @Column('timestamptz', { nullable: true }) expiresAt: Date | null;
  /** Until then one process has the access token renewed, and the others wait for it. */
  @Column('timestamptz', { nullable: true }) refreshingUntil: Date | null;
  @Column('text', { nullable: true }) externalAccountId: string | null;
  /** Why it is not active. */
  @Column('text', { nullable: true }) error: string | null;
  @Column('timestamptz', { nullable: true }) lastUsedAt: Date | null;
  @Column('timestamptz', { nullable: true }) lastTestedAt: Date | null;
  @Column('timestamptz', { default: () => 'now()' }) createdAt: Date;
  @Column('timestamptz', { default: () => 'now()' }) updatedAt: Date;
}

/** A connection without its credentials, as it is read by default. */
export type Connection = Omit<ConnectionEntity, 'credentials' | 'refreshingUntil'>;
