import { Injectable } from '@nestjs/common';
import { newId } from '#libs/ids';
import type { JsonObject } from '#libs/json-guard';
import { Settings } from '../../../platform/config/index.js';
import { Database, type Tx, violates } from '../../../platform/database/index.js';
import { Encryption } from '../../../platform/encryption/index.js';
import { unavailable } from '../../../platform/errors/index.js';
import { decodeCursor, type Page, type PageQuery, toPage } from '../../../platform/http/index.js';
import { invalid, oauthAppNotFound } from '../connection.errors.js';
import { Providers } from '../providers.js';
import { CALLBACK_PATH } from './authorization-requests.js';
import { type OAuthAppDto, type PutOAuthAppDto, toOAuthAppDto } from './dto/oauth-app.dto.js';
import { assertSecureUrl } from './secure-url.js';
import type { OAuthAppEntity } from './oauth-app.entity.js';
import { secretField } from './oauth-client.js';
import { OAuthRepository } from './oauth.repository.js';

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
/** Parameters that are the protocol's business. */
const RESERVED = [
  'response_type',
  'client_id',
  'client_secret',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
  'response_mode',
  'request',
  'request_uri',
];

/** The OAuth apps of organizations. */
@Injectable()
export class OAuthApps {
  constructor(
    private readonly database: Database,
    private readonly apps: OAuthRepository,
    private readonly providers: Providers,
    private readonly encryption: Encryption,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError NOT_FOUND */
  async get(organizationId: string, name: string): Promise<OAuthAppDto> {
    const app = await this.apps.findApp(organizationId, name);
    if (!app) throw oauthAppNotFound();
    return this.toDto(app);
  }

  async list(organizationId: string, { limit, cursor }: PageQuery): Promise<Page<OAuthAppDto>> {
    const before = cursor === undefined ? undefined : decodeCursor(cursor);
    return toPage(await this.apps.listApps(organizationId, limit, before), limit, (app) => this.toDto(app));
  }

  /**
   * Creates the app or replaces it.
   * @throws DomainError VALIDATION_ERROR, ENCRYPTION_NOT_CONFIGURED
   */
  async put(organizationId: string, name: string, body: PutOAuthAppDto): Promise<OAuthAppDto> {
    if (!NAME.test(name)) throw invalid('must be 1 to 64 letters, digits, ".", "_" or "-"', 'name');
    const facts = await this.check(name, body);
    try {
      await this.database.transaction((tx) => this.write(tx, organizationId, name, { ...facts, ...secretOf(body) }));
    } catch (error) {
      if (!violates(error, 'oauth_apps_name_key')) throw error;
      throw unavailable('The OAuth app is being created at this moment; try again', { retryAfter: 1 });
    }
    return this.get(organizationId, name);
  }

  /** @throws DomainError NOT_FOUND */
  async delete(organizationId: string, name: string): Promise<void> {
    const found = await this.database.transaction((tx) => this.apps.deleteApp(tx, organizationId, name));
    if (!found) throw oauthAppNotFound();
  }

  private async check(name: string, body: PutOAuthAppDto) {
    const provider = this.providers.getOAuth2(body.provider ?? name, 'provider');
    const settings = this.providers.check(provider, 'settings', (body.settings ?? {}) as JsonObject);
    await assertSecureUrl(body.authorizationUrl, 'authorizationUrl');
    await assertSecureUrl(body.tokenUrl, 'tokenUrl');
    return {
      provider: provider.name,
      authorizationUrl: body.authorizationUrl,
      tokenUrl: body.tokenUrl,
      issuer: body.issuer ?? null,
      clientId: body.clientId,
      clientAuthentication: body.clientAuthentication ?? ('client_secret_basic' as const),
      scopes: body.scopes ?? [],
      authorizationParameters: checkParameters(body.authorizationParameters ?? {}),
      settings,
    };
  }

  /**
   * Secrets and tokens were given for one server: they are never sent to another, or somebody who may not see them could have them sent to
   * himself.
   */
  private async write(
    tx: Tx,
    organizationId: string,
    name: string,
    { secret, ...facts }: Awaited<ReturnType<OAuthApps['check']>> & { secret: string | null },
  ): Promise<void> {
    const known = await this.apps.lockApp(tx, organizationId, name);
    const id = known?.id ?? newId();
    const moved = known !== null && movesSecrets(known, facts);
    const kept = known !== null && !moved ? known.clientSecret : null;
    if (secret === null && kept === null && facts.clientAuthentication !== 'none') {
      const why = moved
        ? ', since the token endpoint or the settings are others'
        : ', unless clientAuthentication is "none"';
      throw invalid(`Required${why}`, 'clientSecret');
    }
    const clientSecret = secret === null ? kept : await this.encryption.seal(organizationId, secretField(id), secret);
    const app = { organizationId, id, name, ...facts, clientSecret };
    if (!known) return this.apps.insertApp(tx, app);
    if (moved)
      await this.apps.expireConnections(tx, organizationId, name, 'its OAuth app has changed; authorize it again');
    return this.apps.updateApp(tx, app);
  }

  private toDto(app: OAuthAppEntity): OAuthAppDto {
    return toOAuthAppDto(app, this.settings.publicUrl + CALLBACK_PATH);
  }
}

const secretOf = ({ clientSecret }: PutOAuthAppDto) => ({ secret: clientSecret ?? null });

const movesSecrets = (
  known: OAuthAppEntity,
  facts: Pick<OAuthAppEntity, 'tokenUrl' | 'provider' | 'clientId'>,
): boolean =>
  new URL(known.tokenUrl).origin !== new URL(facts.tokenUrl).origin ||
  known.provider !== facts.provider ||
  known.clientId !== facts.clientId;

function checkParameters(parameters: Record<string, unknown>): Record<string, string> {
  for (const [name, value] of Object.entries(parameters)) {
    if (RESERVED.includes(name)) throw invalid('is set by the server', 'authorizationParameters', name);
    if (typeof value !== 'string' || value.length > 2_000) {
      throw invalid('must be a text of at most 2000 characters', 'authorizationParameters', name);
    }
  }
  return parameters as Record<string, string>;
}
