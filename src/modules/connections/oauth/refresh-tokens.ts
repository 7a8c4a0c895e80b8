import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ConnectionFailure } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import type { ConnectionEntity } from '../connection.entity.js';
import { ConnectionRepository } from '../connection.repository.js';
import { ConnectionSecrets } from '../connection-secrets.js';
import { OAuthClient, TokenRequestFailed, type Tokens } from './oauth-client.js';
import { OAuthRepository } from './oauth.repository.js';

/** Longer than a request to a token endpoint may take. A process that died in the middle holds up the others for this long. */
const LEASE_MS = 20_000;
const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * Renews access tokens, each once: steps of this process that want the same share a renewal, and between processes a lease on the row decides
 * who asks the token endpoint, while the others wait for what it writes. No database connection is held meanwhile, so a token endpoint that
 * hangs costs nobody else anything.
 */
@Injectable()
export class RefreshTokens {
  private readonly underWay = new Map<string, Promise<ConnectionEntity>>();

  constructor(
    private readonly connections: ConnectionRepository,
    private readonly secrets: ConnectionSecrets,
    private readonly apps: OAuthRepository,
    private readonly client: OAuthClient,
  ) {}

  /**
   * @param stale as read; another process may have renewed it since
   * @returns the connection with its new credentials
   * @throws ConnectionFailure: expired for good, or retryable
   */
  refresh(stale: ConnectionEntity): Promise<ConnectionEntity> {
    const key = `${stale.organizationId} ${stale.id} ${stale.credentials}`;
    const known = this.underWay.get(key);
    if (known) return known;
    const refreshing = this.refreshOrWait(stale).finally(() => this.underWay.delete(key));
    this.underWay.set(key, refreshing);
    return refreshing;
  }

  private async refreshOrWait(stale: ConnectionEntity): Promise<ConnectionEntity> {
    const { organizationId, id, name } = stale;
    const impatient = Date.now() + PATIENCE_MS;
    while (Date.now() < impatient) {
      if (await this.connections.claimRefresh(stale, LEASE_MS)) return this.refreshNow(stale);
      const current = await this.connections.findSealed(organizationId, id);
      if (!current) throw new ConnectionFailure(`The connection "${name}" does not exist any more`);
      if (current.status !== 'active') throw new ConnectionFailure(inactive(current));
      if (current.credentials !== stale.credentials) return current;
      await delay(LOOK_EVERY_MS);
    }
    throw new ConnectionFailure(`The access token of the connection "${name}" is taking too long to be renewed`, true);
  }

  private async refreshNow(stale: ConnectionEntity): Promise<ConnectionEntity> {
    try {
      return await this.renew(stale);
    } catch (error) {
      // Nobody has to wait for a lease that brings nothing.
      if (!(error instanceof Expired)) await this.connections.endRefresh(stale, stale);
      throw error;
    }
  }

  private async renew(stale: ConnectionEntity): Promise<ConnectionEntity> {
    const { organizationId, id } = stale;
    const secrets = await this.secrets.open(stale);
    const { refreshToken } = secrets;
    if (typeof refreshToken !== 'string')
      throw await this.expire(stale, 'its access token ended and there is no refresh token');
    const app = stale.oauthApp === null ? null : await this.apps.findApp(organizationId, stale.oauthApp);
    if (!app) throw await this.expire(stale, `its OAuth app "${stale.oauthApp}" does not exist any more`);
    const tokens = await this.ask(stale, () => this.client.refresh(app, refreshToken));
    const kept: JsonObject = {
      ...secrets,
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken ?? refreshToken,
    };
    const credentials = await this.secrets.seal(organizationId, id, kept);
    const renewed = { ...stale, credentials, expiresAt: tokens.expiresAt, error: null };
    await this.connections.endRefresh(stale, renewed);
    return renewed;
  }

  private async ask(stale: ConnectionEntity, request: () => Promise<Tokens>): Promise<Tokens> {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof TokenRequestFailed)) throw error;
      if (error.code === 'invalid_grant')
        throw await this.expire(stale, 'the authorization has ended or was withdrawn');
      const message = `The access token of the connection "${stale.name}" could not be renewed: ${error.message}`;
      throw new ConnectionFailure(message, true);
    }
  }

  private async expire(stale: ConnectionEntity, why: string): Promise<Expired> {
    const error = `${why}; authorize it again`;
    await this.connections.endRefresh(stale, { ...stale, status: 'expired', error });
    return new Expired(inactive({ ...stale, status: 'expired', error }));
  }
}

/** The lease has ended with the status. */
class Expired extends ConnectionFailure {}

const inactive = ({ name, status, error }: ConnectionEntity): string =>
  `The connection "${name}" is not active but ${status}${error === null ? '' : `: ${error}`}`;
