import { Injectable } from '@nestjs/common';
import { formatId, newId } from '#libs/ids';
import type { JsonObject } from '#libs/json-guard';
import { Database, violates } from '../../../platform/database/index.js';
import { connectionExists, oauthAppMissing } from '../connection.errors.js';
import { ConnectionRepository } from '../connection.repository.js';
import { Providers } from '../providers.js';
import { AuthorizationRequests } from './authorization-requests.js';
import type { AuthorizationDto, AuthorizationQuery } from './dto/authorization.dto.js';
import type { OAuthAppEntity } from './oauth-app.entity.js';
import { OAuthRepository } from './oauth.repository.js';

/** Begins an OAuth 2 authorization: a pending connection, and the address where a person gives it. */
@Injectable()
export class AuthorizeConnection {
  constructor(
    private readonly database: Database,
    private readonly connections: ConnectionRepository,
    private readonly providers: Providers,
    private readonly apps: OAuthRepository,
    private readonly requests: AuthorizationRequests,
  ) {}

  /** @throws DomainError VALIDATION_ERROR, OAUTH_APP_MISSING, CONNECTION_EXISTS, ENCRYPTION_NOT_CONFIGURED */
  async execute(organizationId: string, providerName: string, query: AuthorizationQuery): Promise<AuthorizationDto> {
    const provider = this.providers.getOAuth2(providerName, 'provider');
    const redirectUrl = this.requests.checkRedirectUrl(query.redirectUrl);
    const app = await this.getApp(organizationId, query.app ?? provider.name, provider.name);
    const settings = this.providers.check(provider, 'settings', app.settings as JsonObject);
    const name = query.connectionName ?? provider.title;
    const known = await this.connections.findByName(organizationId, provider.name, name);
    if (known && known.authType !== 'oauth2') throw taken(name);
    const id = known?.id ?? newId();
    const sent = await refuseTwins(name, () =>
      this.database.transaction(async (tx) => {
        if (!known) {
          await this.connections.insert(tx, { ...PENDING, organizationId, id, name, settings, ...of(app) });
        }
        return this.requests.add(tx, app, id, redirectUrl);
      }),
    );
    const { authUrl, state, redirectUri, expiresAt } = sent;
    return { authUrl, connectionId: formatId('conn', id), state, redirectUri, expiresAt: expiresAt.toISOString() };
  }

  private async getApp(organizationId: string, name: string, provider: string): Promise<OAuthAppEntity> {
    const app = await this.apps.findApp(organizationId, name);
    if (app?.provider === provider) return app;
    throw oauthAppMissing(
      `There is no OAuth app "${name}" for ${provider}; configure it at PUT /api/v1/oauth-apps/${encodeURIComponent(name)} first`,
    );
  }
}

const of = ({ provider, name }: OAuthAppEntity) => ({ provider, oauthApp: name });

const PENDING = {
  authType: 'oauth2',
  status: 'pending',
  credentials: null,
  credentialHints: {},
  expiresAt: null,
  externalAccountId: null,
  error: null,
} as const;

const taken = (name: string) =>
  connectionExists(`There is a connection "${name}" with credentials already; choose another connectionName`);

async function refuseTwins<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw violates(error, 'connections_name_key') ? taken(name) : error;
  }
}
