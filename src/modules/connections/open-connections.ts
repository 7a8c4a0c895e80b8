import { Injectable, Logger } from '@nestjs/common';
import { type ConnectionChoice, ConnectionFailure, ConnectionVault, type OpenConnection } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import { DomainError } from '../../platform/errors/index.js';
import { DecryptionFailed } from '../../platform/encryption/index.js';
import { chooseConnection } from './choose-connection.js';
import type { ConnectionEntity } from './connection.entity.js';
import { ConnectionRepository } from './connection.repository.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { RefreshTokens } from './oauth/refresh-tokens.js';

/** A token that ends within this time is renewed before it is used. */
const MARGIN_MS = 60_000;
/** How exactly the last use is noted. */
const TOUCH_MS = 60_000;

/** The vault: the only place where credentials are opened for use. */
@Injectable()
export class OpenConnections implements ConnectionVault {
  private readonly logger = new Logger(OpenConnections.name);

  constructor(
    private readonly connections: ConnectionRepository,
    private readonly secrets: ConnectionSecrets,
    private readonly tokens: RefreshTokens,
  ) {}

  async open({ organizationId, ...choice }: ConnectionChoice): Promise<OpenConnection> {
    const [candidates = []] = await this.connections.findCandidates(organizationId, [choice]);
    const { id, name } = chooseConnection(candidates, choice);
    const connection = await this.connections.findSealed(organizationId, id);
    if (connection?.status !== 'active') throw new ConnectionFailure(`The connection "${name}" is no longer active`);
    const opened = await this.openFresh(connection);
    if (!connection.lastUsedAt || Date.now() - connection.lastUsedAt.getTime() > TOUCH_MS) {
      await this.connections.touch(organizationId, id);
    }
    return opened;
  }

  async renew(organizationId: string, used: OpenConnection): Promise<OpenConnection> {
    const connection = await this.connections.findSealed(organizationId, used.id);
    if (connection?.status !== 'active')
      throw new ConnectionFailure(`The connection "${used.name}" is no longer active`);
    if (connection.authType !== 'oauth2') {
      throw new ConnectionFailure(`The credentials of the connection "${used.name}" cannot be renewed by the server`);
    }
    const current = await this.openAs(connection);
    // Another step may have had it renewed since this one read it.
    if (current.credentials['accessToken'] !== used.credentials['accessToken']) return current;
    return this.openAs(await this.tokens.refresh(connection));
  }

  /**
   * What a connection holds, whatever its status; the access token of an active one is renewed if it is about to end.
   * @throws ConnectionFailure
   */
  async openFresh(connection: ConnectionEntity): Promise<OpenConnection> {
    const { expiresAt, authType, status } = connection;
    const ends = authType === 'oauth2' && status === 'active' && expiresAt !== null;
    const overdue = ends && expiresAt.getTime() - Date.now() < MARGIN_MS;
    return this.openAs(overdue ? await this.tokens.refresh(connection) : connection);
  }

  private async openAs(connection: ConnectionEntity): Promise<OpenConnection> {
    const { id, provider, name, authType } = connection;
    const secrets = await this.decrypt(connection);
    // The refresh token is nobody's but the refresher's.
    const credentials = authType === 'oauth2' ? { accessToken: secrets['accessToken'] ?? null } : secrets;
    return { id, provider, name, credentials, settings: connection.settings as JsonObject };
  }

  private async decrypt(connection: ConnectionEntity): Promise<JsonObject> {
    try {
      return await this.secrets.open(connection);
    } catch (error) {
      if (error instanceof DomainError) throw new ConnectionFailure(error.message);
      if (!(error instanceof DecryptionFailed)) throw error;
      this.logger.error({
        msg: 'credentials of a connection cannot be decrypted',
        organizationId: connection.organizationId,
        connectionId: connection.id,
        err: error,
      });
      throw new ConnectionFailure(
        `The credentials of the connection "${connection.name}" cannot be decrypted; enter them again`,
      );
    }
  }
}
