import { Injectable, Logger } from '@nestjs/common';
import type { JsonObject } from '#libs/json-guard';
import { Database } from '../../../platform/database/index.js';
import { DecryptionFailed } from '../../../platform/encryption/index.js';
import { type ConnectionChange, ConnectionRepository } from '../connection.repository.js';
import { ConnectionSecrets } from '../connection-secrets.js';
import { type AnsweredRequest, AuthorizationRequests } from './authorization-requests.js';
import { TokenRequestFailed, type Tokens } from './oauth-client.js';
import { OAuthRepository } from './oauth.repository.js';
import type { OAuthAppEntity } from './oauth-app.entity.js';

/** What became of an authorization. */
export interface Completion {
  connectionId: string;
  redirectUrl: string | null;
  /** Null: the connection is active. */
  error: string | null;
}

/** Ends an OAuth 2 authorization: takes the answer that a person's browser brings, and exchanges its code for tokens. */
@Injectable()
export class CompleteAuthorization {
  private readonly logger = new Logger(CompleteAuthorization.name);

  constructor(
    private readonly database: Database,
    private readonly connections: ConnectionRepository,
    private readonly secrets: ConnectionSecrets,
    private readonly apps: OAuthRepository,
    private readonly requests: AuthorizationRequests,
  ) {}

  /** @returns null when the answer belongs to no request: it is unknown, was answered before, or comes too late */
  async execute(callback: URLSearchParams): Promise<Completion | null> {
    const request = await this.requests.take(callback.get('state'));
    if (!request) return null;
    const error = await this.exchange(request, callback);
    return { connectionId: request.connectionId, redirectUrl: request.redirectUrl, error };
  }

  /** Why there are no tokens; null when there are. */
  private async exchange(request: AnsweredRequest, callback: URLSearchParams): Promise<string | null> {
    const app = await this.apps.findApp(request.organizationId, request.app);
    if (!app) return this.fail(request, `the OAuth app "${request.app}" does not exist any more`);
    try {
      await this.activate(request, app, await this.requests.exchange(request, app, callback));
      return null;
    } catch (error) {
      if (!(error instanceof TokenRequestFailed) && !(error instanceof DecryptionFailed)) throw error;
      this.logger.warn({ msg: 'an OAuth authorization failed', connectionId: request.connectionId, err: error });
      return this.fail(request, error instanceof DecryptionFailed ? 'the request was changed' : error.message);
    }
  }

  private async activate(request: AnsweredRequest, app: OAuthAppEntity, tokens: Tokens): Promise<void> {
    const { organizationId, connectionId } = request;
    const { accessToken, refreshToken, expiresAt, subject } = tokens;
    const secrets: JsonObject = { accessToken, ...(refreshToken !== undefined && { refreshToken }) };
    await this.change(request, {
      status: 'active',
      error: null,
      credentials: await this.secrets.seal(organizationId, connectionId, secrets),
      settings: app.settings,
      oauthApp: app.name,
      expiresAt,
      ...(subject !== null && { externalAccountId: subject }),
    });
  }

  /** A connection that is active goes on with the authorization that it has. */
  private async fail(request: AnsweredRequest, error: string): Promise<string> {
    const connection = await this.connections.find(request.organizationId, request.connectionId);
    if (connection?.status === 'pending') await this.change(request, { status: 'error', error });
    return error;
  }

  private async change({ organizationId, connectionId }: AnsweredRequest, change: ConnectionChange): Promise<void> {
    await this.database.transaction((tx) => this.connections.update(tx, organizationId, connectionId, change));
  }
}
