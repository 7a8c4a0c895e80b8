import { IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { NAME_PATTERN } from '../../dto/connection.dto.js';

/** What the authorization is for. */
export class AuthorizationQuery {
  /**
   * Where the person goes afterwards, with `connectionId`, `status` and on failure `error` added to its query. It must lie below PUBLIC_URL
   * or be one of the server's OAUTH_REDIRECT_URLS. Without it a page of the server tells the outcome.
   * @example https://app.example.com/integrations
   */
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  redirectUrl?: string;

  /**
   * Name of the connection, by default the provider's title. An OAuth connection of this name is authorized anew.
   * @example "CRM of Acme"
   */
  @IsOptional()
  @IsString()
  @Length(1, 255)
  @Matches(NAME_PATTERN, { message: 'must hold a visible character and no control characters' })
  connectionName?: string;

  /**
   * Name of the OAuth app, by default that of the provider.
   * @example crm
   */
  @IsOptional()
  @IsString()
  @Length(1, 64)
  app?: string;
}

/** An authorization that a person has to give now. */
export class AuthorizationDto {
  /**
   * Open it in the browser of whoever may give the authorization.
   * @example "https://login.example.com/oauth2/authorize?response_type=code&client_id=…&state=…&code_challenge=…"
   */
  authUrl: string;

  /**
   * The connection, `pending` until the authorization is given.
   * @example conn_019b7c2e-4567-7abc-89ab-0123456789ab
   */
  connectionId: string;

  /**
   * The `state` of the request, good for one answer.
   * @example "kx1mN0p8yV4T5bq9wR2sD7uF3hJ6aLzC0eGiKoMtQvY"
   */
  state: string;

  /**
   * The callback that has to be registered at the OAuth server.
   * @example https://runhook.example.com/api/v1/connections/oauth/callback
   */
  redirectUri: string;

  /**
   * Until when the answer is accepted (ISO 8601): ten minutes.
   * @example 2026-11-22T10:10:00.000Z
   */
  expiresAt: string;
}
