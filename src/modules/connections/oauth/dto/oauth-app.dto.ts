import { ArrayMaxSize, IsArray, IsIn, IsObject, IsOptional, IsString, IsUrl, Length, Matches } from 'class-validator';
import { FreeForm } from '../../../../platform/http/index.js';
import { CLIENT_AUTHENTICATIONS, type ClientAuthentication, type OAuthAppEntity } from '../oauth-app.entity.js';

const URL_RULE = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };

/** The organization's registration as a client of an OAuth 2 server. */
export class PutOAuthAppDto {
  /**
   * The connector that its connections are for; by default the one that has the app's name.
   * @example http
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  provider?: string;

  /**
   * Authorization endpoint, where a person gives the authorization. Must be https, except at private addresses.
   * @example https://login.example.com/oauth2/authorize
   */
  @IsUrl(URL_RULE)
  @Length(1, 2_000)
  authorizationUrl: string;

  /**
   * Token endpoint. Must be https, except at private addresses, which the operator has to allow.
   * @example https://login.example.com/oauth2/token
   */
  @IsUrl(URL_RULE)
  @Length(1, 2_000)
  tokenUrl: string;

  /**
   * The server's issuer identifier. With it the issuer in its answers (RFC 9207) and ID tokens are checked, and the subject becomes the
   * connection's `externalAccountId`.
   * @example https://login.example.com
   */
  @IsOptional()
  @IsUrl(URL_RULE)
  @Length(1, 2_000)
  issuer?: string;

  /**
   * The client id that the server gave.
   * @example runhook
   */
  @IsString()
  @Length(1, 1_000)
  clientId: string;

  /**
   * The client secret that the server gave. It is encrypted and never shown; left out, the one that is there stays, as long as the token
   * endpoint's origin does.
   * @example dGhlIHNlY3JldCBvZiB0aGUgY2xpZW50
   */
  @IsOptional()
  @IsString()
  @Length(1, 5_000)
  clientSecret?: string;

  /**
   * How the client proves itself: HTTP basic (the default), in the body, or not at all, for a public client.
   * @example client_secret_basic
   */
  @IsOptional()
  @IsIn(CLIENT_AUTHENTICATIONS)
  clientAuthentication?: ClientAuthentication;

  /**
   * What to ask for. Many servers give a refresh token only with a scope such as `offline_access`.
   * @example ["contacts.read", "offline_access"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @Matches(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, {
    each: true,
    message: 'must be scopes of printable ASCII characters without spaces',
  })
  scopes?: string[];

  /**
   * Further parameters of the authorization request, as texts.
   * @example { "access_type": "offline", "prompt": "consent" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  authorizationParameters?: Record<string, unknown>;

  /**
   * Settings of the connections that are made with it, as the connector wants them.
   * @example { "baseUrl": "https://api.example.com/v1" }
   */
  @IsOptional()
  @IsObject()
  @FreeForm()
  settings?: Record<string, unknown>;
}

/** An OAuth app, without its secret. */
export class OAuthAppDto {
  /**
   * Its name, unique in the organization.
   * @example crm
   */
  name: string;

  /**
   * The connector that its connections are for.
   * @example http
   */
  provider: string;

  /**
   * Authorization endpoint.
   * @example https://login.example.com/oauth2/authorize
   */
  authorizationUrl: string;

  /**
   * Token endpoint.
   * @example https://login.example.com/oauth2/token
   */
  tokenUrl: string;

  /**
   * The server's issuer identifier; null: not checked.
   * @example https://login.example.com
   */
  issuer: string | null;

  /**
   * The client id that the server gave.
   * @example runhook
   */
  clientId: string;

  /**
   * Whether there is a client secret. It is never shown.
   * @example true
   */
  hasClientSecret: boolean;

  /**
   * How the client proves itself.
   * @example client_secret_basic
   */
  @IsIn(CLIENT_AUTHENTICATIONS)
  clientAuthentication: ClientAuthentication;

  /**
   * What is asked for.
   * @example ["contacts.read", "offline_access"]
   */
  scopes: string[];

  /**
   * Further parameters of the authorization request.
   * @example { "access_type": "offline" }
   */
  @FreeForm()
  authorizationParameters: Record<string, string>;

  /**
   * Settings of the connections that are made with it.
   * @example { "baseUrl": "https://api.example.com/v1" }
   */
  @FreeForm()
  settings: Record<string, unknown>;

  /**
   * The callback that has to be registered at the OAuth server.
   * @example https://runhook.example.com/api/v1/connections/oauth/callback
   */
  redirectUri: string;

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

export function toOAuthAppDto(app: OAuthAppEntity, redirectUri: string): OAuthAppDto {
  return {
    name: app.name,
    provider: app.provider,
    authorizationUrl: app.authorizationUrl,
    tokenUrl: app.tokenUrl,
    issuer: app.issuer,
    clientId: app.clientId,
    hasClientSecret: app.clientSecret !== null,
    clientAuthentication: app.clientAuthentication,
    scopes: app.scopes,
    authorizationParameters: app.authorizationParameters,
    settings: app.settings,
    redirectUri,
    createdAt: app.createdAt.toISOString(),
    updatedAt: app.updatedAt.toISOString(),
  };
}
