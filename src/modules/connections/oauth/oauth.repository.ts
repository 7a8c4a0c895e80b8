import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { Database, type Tx } from '../../../platform/database/index.js';
import { OAuthAppEntity } from './oauth-app.entity.js';
import { OAuthAuthorizationEntity } from './oauth-authorization.entity.js';

@Injectable()
export class OAuthRepository {
  constructor(private readonly database: Database) {}

  findApp(organizationId: string, name: string): Promise<OAuthAppEntity | null> {
    return this.database.manager.findOneBy(OAuthAppEntity, { organizationId, name });
  }

  /** Locks it, so that changes of one app happen one after the other. */
  lockApp(tx: Tx, organizationId: string, name: string): Promise<OAuthAppEntity | null> {
    return tx.findOne(OAuthAppEntity, { where: { organizationId, name }, lock: { mode: 'pessimistic_write' } });
  }

  /** Newest first, one more than `limit`. */
  listApps(organizationId: string, limit: number, before?: string): Promise<OAuthAppEntity[]> {
    return this.database.manager.find(OAuthAppEntity, {
      where: { organizationId, ...(before !== undefined && { id: LessThan(before) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  async insertApp(tx: Tx, app: Omit<OAuthAppEntity, 'createdAt' | 'updatedAt'>): Promise<void> {
    await tx.insert(OAuthAppEntity, app as object);
  }

  async updateApp(tx: Tx, app: Omit<OAuthAppEntity, 'createdAt' | 'updatedAt'>): Promise<void> {
    const { organizationId, id, ...change } = app;
    await tx.update(OAuthAppEntity, { organizationId, id }, { ...change, updatedAt: () => 'now()' } as object);
  }

  async deleteApp(tx: Tx, organizationId: string, name: string): Promise<boolean> {
    const { affected } = await tx.delete(OAuthAppEntity, { organizationId, name });
    return affected === 1;
  }

  /** The tokens of an app's connections must not be sent to another server. */
  async expireConnections(tx: Tx, organizationId: string, app: string, reason: string): Promise<void> {
    await tx.query(EXPIRE_CONNECTIONS, [organizationId, app, reason]);
  }

  /** Takes the place of those that the connection has waited for, and removes what the organization has let expire. */
  async insertAuthorization(tx: Tx, authorization: OAuthAuthorizationEntity): Promise<void> {
    const { organizationId, connectionId } = authorization;
    await tx.query(FORGET_AUTHORIZATIONS, [organizationId, connectionId]);
    await tx.insert(OAuthAuthorizationEntity, authorization);
  }

  /**
   * Takes the authorization that a state stands for, for the first and only time; null when there is none or it has expired. The state is the
   * key: whoever answers has no other, and the row says whose it is.
   */
  async takeAuthorization(stateHash: Buffer): Promise<OAuthAuthorizationEntity | null> {
    const { rows } = await this.database.run<AuthorizationRow>(TAKE_AUTHORIZATION, [stateHash]);
    const [row] = rows;
    return row?.valid ? toAuthorization(row) : null;
  }
}

interface AuthorizationRow {
  state_hash: Buffer;
  organization_id: string;
  connection_id: string;
  app: string;
  redirect_uri: string;
  redirect_url: string | null;
  code_verifier: string;
  expires_at: Date;
  valid: boolean;
}

const toAuthorization = (row: AuthorizationRow): OAuthAuthorizationEntity => ({
  stateHash: row.state_hash,
  organizationId: row.organization_id,
  connectionId: row.connection_id,
  app: row.app,
  redirectUri: row.redirect_uri,
  redirectUrl: row.redirect_url,
  codeVerifier: row.code_verifier,
  expiresAt: row.expires_at,
});

const EXPIRE_CONNECTIONS = `
update connections set status = 'expired', error = $3, credentials = null, expires_at = null, updated_at = now()
where organization_id = $1 and oauth_app = $2 and credentials is not null`;

const FORGET_AUTHORIZATIONS = `
delete from oauth_authorizations where organization_id = $1 and (connection_id = $2 or expires_at < now())`;

const TAKE_AUTHORIZATION = {
  name: 'take_oauth_authorization',
  text: 'delete from oauth_authorizations where state_hash = $1 returning *, expires_at > now() as valid',
};
