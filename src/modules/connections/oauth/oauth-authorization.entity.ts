import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** An authorization that was asked for and not answered yet. */
@Entity('oauth_authorizations')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], {
  name: 'oauth_authorizations_connection_fkey',
  onDelete: 'CASCADE',
})
@Index('oauth_authorizations_by_connection', ['organizationId', 'connectionId'])
export class OAuthAuthorizationEntity {
  /** SHA-256 of the `state`; the state itself is stored nowhere. */
  @PrimaryColumn('bytea') stateHash: Buffer;
  @Column('uuid') organizationId: string;
  @Column('uuid') connectionId: string;
  /** Name of the OAuth app. */
  @Column('text') app: string;
  /** Where the OAuth server sends the answer: our callback, as it was named in the request. */
  @Column('text') redirectUri: string;
  /** Where the person goes from there; null: to a page of ours. */
  @Column('text', { nullable: true }) redirectUrl: string | null;
  /** Sealed (RFC 7636). */
  @Column('text') codeVerifier: string;
  @Column('timestamptz') expiresAt: Date;
}
