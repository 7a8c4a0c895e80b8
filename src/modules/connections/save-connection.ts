import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { newId } from '#libs/ids';
import type { JsonObject } from '#libs/json-guard';
import { Database, violates } from '../../platform/database/index.js';
import { invalidStatus } from '../../platform/errors/index.js';
import type { Connection } from './connection.entity.js';
import { connectionExists, connectionNotFound, invalid } from './connection.errors.js';
import { type ConnectionChange, ConnectionRepository } from './connection.repository.js';
import { ConnectionSecrets, hintsOf } from './connection-secrets.js';
import type { CreateConnectionDto, UpdateConnectionDto } from './dto/connection.dto.js';
import { Providers } from './providers.js';

/** Creates, changes and deletes connections. */
@Injectable()
export class SaveConnection {
  constructor(
    private readonly database: Database,
    private readonly connections: ConnectionRepository,
    private readonly secrets: ConnectionSecrets,
    private readonly providers: Providers,
  ) {}

  /**
   * @returns the id of the new connection
   * @throws DomainError VALIDATION_ERROR, CONNECTION_EXISTS, ENCRYPTION_NOT_CONFIGURED
   */
  async create(organizationId: string, body: CreateConnectionDto): Promise<string> {
    const provider = this.providers.get(body.provider, 'provider');
    const settings = this.providers.check(provider, 'settings', (body.settings ?? {}) as JsonObject);
    const credentials = this.providers.check(provider, 'credentials', body.credentials as JsonObject);
    const id = newId();
    const sealed = await this.secrets.seal(organizationId, id, credentials);
    await refuseTwins(body.name, () =>
      this.database.transaction((tx) =>
        this.connections.insert(tx, {
          organizationId,
          id,
          provider: provider.name,
          name: body.name,
          authType: 'credentials',
          status: 'active',
          settings,
          credentials: sealed,
          credentialHints: hintsOf(credentials),
          oauthApp: null,
          expiresAt: null,
          externalAccountId: body.externalAccountId ?? null,
          error: null,
        }),
      ),
    );
    return id;
  }

  /** @throws DomainError NOT_FOUND, VALIDATION_ERROR, INVALID_STATUS, CONNECTION_EXISTS, ENCRYPTION_NOT_CONFIGURED */
  async update(organizationId: string, id: string, body: UpdateConnectionDto): Promise<void> {
    const connection = await this.connections.find(organizationId, id);
    if (!connection) throw connectionNotFound();
    const change = { ...(await this.newAccess(connection, body)), ...renamed(body), ...switched(connection, body) };
    const found = await refuseTwins(body.name ?? connection.name, () =>
      this.database.transaction((tx) => this.connections.update(tx, organizationId, id, change)),
    );
    if (!found) throw connectionNotFound();
  }

  /** @throws DomainError NOT_FOUND */
  async delete(organizationId: string, id: string): Promise<void> {
    const found = await this.database.transaction((tx) => this.connections.delete(tx, organizationId, id));
    if (!found) throw connectionNotFound();
  }

  /**
   * Settings say where credentials are sent. Whoever changes them has to know the credentials, or somebody who may not see them could have
   * them sent elsewhere.
   */
  private async newAccess(connection: Connection, body: UpdateConnectionDto): Promise<ConnectionChange> {
    const provider = this.providers.get(connection.provider, 'provider');
    const settings = body.settings ? this.providers.check(provider, 'settings', body.settings as JsonObject) : null;
    const moved = settings !== null && !isDeepStrictEqual(settings, connection.settings);
    if (connection.authType === 'oauth2') {
      if (body.credentials)
        throw invalid('come from an OAuth authorization; authorize the connection again', 'credentials');
      if (moved) throw invalid('come from the OAuth app; change it and authorize the connection again', 'settings');
      return {};
    }
    if (!body.credentials) {
      if (moved)
        throw invalid('Required when settings change, since they say where credentials are sent', 'credentials');
      return {};
    }
    const credentials = this.providers.check(provider, 'credentials', body.credentials as JsonObject);
    return {
      ...(settings && { settings }),
      credentials: await this.secrets.seal(connection.organizationId, connection.id, credentials),
      credentialHints: hintsOf(credentials),
      // Whatever was wrong, these are others.
      ...(connection.status !== 'disconnected' && { status: 'active' as const, error: null }),
    };
  }
}

function renamed({ name, externalAccountId }: UpdateConnectionDto): ConnectionChange {
  return { ...(name != null && { name }), ...(externalAccountId !== undefined && { externalAccountId }) };
}

function switched(connection: Connection, { status }: UpdateConnectionDto): ConnectionChange {
  if (status == null || status === connection.status) return {};
  if (status === 'disconnected') return { status, error: null };
  if (
    connection.status === 'disconnected' ||
    (connection.status === 'error' && connection.authType === 'credentials')
  ) {
    return { status, error: null };
  }
  throw invalidStatus(`The connection has to be authorized again. Current status: ${connection.status}`);
}

async function refuseTwins<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (violates(error, 'connections_name_key')) {
      throw connectionExists(`There is a connection "${name}" of this provider already; choose another name`);
    }
    throw error;
  }
}
