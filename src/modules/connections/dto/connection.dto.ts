import { IsIn, IsObject, IsOptional, IsString, Length, Matches } from 'class-validator';
import { formatId } from '#libs/ids';
import { FreeForm, PageQuery } from '../../../platform/http/index.js';
import type { Connection } from '../connection.entity.js';
import { AUTH_TYPES, type AuthType, CONNECTION_STATUSES, type ConnectionStatus } from '../connection.status.js';

/** No control characters: names stand in messages and lists. */
export const NAME_PATTERN = /^(?=.*\S)[^\p{Cc}]+$/u;
const NAME_RULE = { message: 'must hold a visible character and no control characters' };

/** A new connection with credentials. For one that is authorized by OAuth 2, ask for an `auth-url`. */
export class CreateConnectionDto {
  /**
   * 1 to 255 characters, unique among the organization's connections of the provider. Steps may name the connection by it.
   * @example "Stripe production"
   */
  @IsString()
  @Length(1, 255)
  @Matches(NAME_PATTERN, NAME_RULE)
  name: string;

  /**
   * The connector that the connection is for.
   * @example http
   */
  @IsString()
  @Length(1, 100)
  provider: string;

  /**
   * Secrets, as the connector wants them. They are encrypted, and no answer ever shows them.
   * @example { "token": "sk_live_4eC39HqLyjWDarjtT1zdp7dc" }
   */
  @IsObject()
  @FreeForm()
  credentials: Record<string, unknown>;

  /**
   * What is not secret, as the connector wants it. An empty object by default.
   * @example { "baseUrl": "https://api.example.com/v1" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  settings?: Record<string, unknown>;

  /**
   * The account at the provider, for your own reference. A test of the connection may find it.
   * @example acct_1032D82eZvKYlo2C
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  externalAccountId?: string;
}

/** A change of a connection. Members left out stay as they are. */
export class UpdateConnectionDto {
  /**
   * 1 to 255 characters, unique among the organization's connections of the provider.
   * @example "Stripe production"
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  @Matches(NAME_PATTERN, NAME_RULE)
  name?: string;

  /**
   * Replace all credentials; the connection is active again.
   * @example { "token": "sk_live_4eC39HqLyjWDarjtT1zdp7dc" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  credentials?: Record<string, unknown>;

  /**
   * Replace all settings. Since they say where credentials are sent, the credentials have to be given with them.
   * @example { "baseUrl": "https://api.example.com/v1" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  settings?: Record<string, unknown>;

  /**
   * `disconnected` keeps the connection but does not let it be used; `active` lets it be used again.
   * @example disconnected
   */
  @IsOptional()
  @IsIn(['active', 'disconnected'])
  status?: 'active' | 'disconnected';

  /**
   * The account at the provider; null: none.
   * @example acct_1032D82eZvKYlo2C
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  externalAccountId?: string | null;
}

/** Which connections to list. */
export class ListConnectionsQuery extends PageQuery {
  /**
   * Only connections of this provider.
   * @example http
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  provider?: string;

  /**
   * Only connections in this status.
   * @example active
   */
  @IsOptional()
  @IsIn(CONNECTION_STATUSES)
  status?: ConnectionStatus;
}

/** A connection, without its credentials. */
export class ConnectionDto {
  /**
   * Unique identifier of the connection.
   * @example conn_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * The name its owner gave it.
   * @example "Stripe production"
   */
  name: string;

  /**
   * The connector that it is for.
   * @example http
   */
  provider: string;

  /**
   * `credentials`: its owner has written them. `oauth2`: they come from an authorization.
   * @example credentials
   */
  @IsIn(AUTH_TYPES)
  authType: AuthType;

  /**
   * Only an active connection is used. `pending`: not authorized yet; `error`: its test or authorization failed; `expired`: it has to be
   * authorized again; `disconnected`: switched off.
   * @example active
   */
  @IsIn(CONNECTION_STATUSES)
  status: ConnectionStatus;

  /**
   * Why it is not active; null where there is nothing to say.
   * @example "the server answered 401"
   */
  error: string | null;

  /**
   * What is not secret.
   * @example { "baseUrl": "https://api.example.com/v1" }
   */
  @FreeForm()
  settings: Record<string, unknown>;

  /**
   * The credentials that it has, each with at most its last four characters.
   * @example { "token": "••••p7dc" }
   */
  @FreeForm()
  credentialHints: Record<string, string>;

  /**
   * The OAuth app that it was authorized with; null for one with credentials.
   * @example crm
   */
  oauthApp: string | null;

  /**
   * The account at the provider, if known.
   * @example acct_1032D82eZvKYlo2C
   */
  externalAccountId: string | null;

  /**
   * When the access token ends (ISO 8601); it is renewed before. Null: it does not, or nobody knows.
   * @example 2026-11-22T11:00:00.000Z
   */
  expiresAt: string | null;

  /**
   * When a step last used it (ISO 8601), right within a minute; null: never.
   * @example 2026-11-22T10:00:00.000Z
   */
  lastUsedAt: string | null;

  /**
   * When it was last tested (ISO 8601); null: never.
   * @example 2026-11-22T10:00:00.000Z
   */
  lastTestedAt: string | null;

  /**
   * When it was created (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  createdAt: string;

  /**
   * When it was last changed (ISO 8601).
   * @example 2026-11-22T10:00:00.000Z
   */
  updatedAt: string;
}

/** What a test of a connection found. */
export class ConnectionTestDto {
  /**
   * Whether the provider accepts the connection.
   * @example true
   */
  ok: boolean;

  /**
   * Why it does not; null if it does.
   * @example "the server answered 401"
   */
  message: string | null;

  /** The connection after the test. */
  connection: ConnectionDto;
}

export function toConnectionDto(connection: Connection): ConnectionDto {
  return {
    id: formatId('conn', connection.id),
    name: connection.name,
    provider: connection.provider,
    authType: connection.authType,
    status: connection.status,
    error: connection.error,
    settings: connection.settings,
    credentialHints: connection.credentialHints,
    oauthApp: connection.oauthApp,
    externalAccountId: connection.externalAccountId,
    expiresAt: connection.expiresAt?.toISOString() ?? null,
    lastUsedAt: connection.lastUsedAt?.toISOString() ?? null,
    lastTestedAt: connection.lastTestedAt?.toISOString() ?? null,
    createdAt: connection.createdAt.toISOString(),
    updatedAt: connection.updatedAt.toISOString(),
  };
}
