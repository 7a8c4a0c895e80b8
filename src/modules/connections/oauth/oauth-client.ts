import { Injectable } from '@nestjs/common';
import * as oauth from 'oauth4webapi';
import { SafeHttpError, toFetch } from '#libs/safe-http';
import type { JsonObject } from '#libs/json-guard';
import { DecryptionFailed, Encryption } from '../../../platform/encryption/index.js';
import { OutboundHttp } from '../../../platform/outbound/index.js';
import type { OAuthAppEntity } from './oauth-app.entity.js';

const TIMEOUT_MS = 10_000;
const LARGEST_ANSWER = 256 * 1024;

/** What the token endpoint gave. */
export interface Tokens {
  accessToken: string;
  /** Absent: the server gave none, or lets the old one go on. */
  refreshToken?: string;
  expiresAt: Date | null;
  /** Who authorized it, where the answer has an ID token of a known issuer. */
  subject: string | null;
}

/** Why there are no tokens. The message is for the connection's owner. */
export class TokenRequestFailed extends Error {
  override readonly name = 'TokenRequestFailed';

  constructor(
    message: string,
    /** The server's error code (RFC 6749 §5.2); null: it was not reached or did not answer as one. */
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

/** The authorization code flow with PKCE and the refresh of tokens, at any OAuth 2 server. Addresses are bound by the operator's rules. */
@Injectable()
export class OAuthClient {
  private readonly fetch: typeof fetch;

  constructor(
    http: OutboundHttp,
    private readonly encryption: Encryption,
  ) {
    this.fetch = toFetch(http, { timeoutMs: TIMEOUT_MS, maxResponseBytes: LARGEST_ANSWER });
  }

  /** Where a person gives the authorization. */
  async authorizationUrl(
    app: OAuthAppEntity,
    request: { redirectUri: string; state: string; codeVerifier: string },
  ): Promise<string> {
    const url = new URL(app.authorizationUrl);
    const parameters = {
      ...app.authorizationParameters,
      response_type: 'code',
      client_id: app.clientId,
      redirect_uri: request.redirectUri,
      ...(app.scopes.length > 0 && { scope: app.scopes.join(' ') }),
      state: request.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(request.codeVerifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * Exchanges the code of an authorization response.
   * @param callback the response's parameters
   * @throws TokenRequestFailed
   */
  exchange(
    app: OAuthAppEntity,
    callback: URLSearchParams,
    request: { redirectUri: string; state: string; codeVerifier: string },
  ): Promise<Tokens> {
    return explained(async () => {
      const server = serverOf(app);
      const client = { client_id: app.clientId };
      const parameters = new URLSearchParams(callback);
      // Without a configured issuer there is nothing to compare it with (RFC 9207).
      if (app.issuer === null) parameters.delete('iss');
      const valid = oauth.validateAuthResponse(server, client, parameters, request.state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        await this.authentication(app),
        valid,
        request.redirectUri,
        request.codeVerifier,
        this.options(),
      );
      const answer = await withoutForeignIdToken(app, response);
      return toTokens(await oauth.processAuthorizationCodeResponse(server, client, answer));
    });
  }

  /** @throws TokenRequestFailed */
  refresh(app: OAuthAppEntity, refreshToken: string): Promise<Tokens> {
    return explained(async () => {
      const server = serverOf(app);
      const client = { client_id: app.clientId };
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        await this.authentication(app),
        refreshToken,
        this.options(),
      );
      const answer = await withoutForeignIdToken(app, response);
      return toTokens(await oauth.processRefreshTokenResponse(server, client, answer));
    });
  }

  private options(): oauth.TokenEndpointRequestOptions {
    // Plain http was refused when the app was saved, save for private addresses, which the operator has to allow.
    return { [oauth.customFetch]: this.fetch, [oauth.allowInsecureRequests]: true };
  }

  private async authentication(app: OAuthAppEntity): Promise<oauth.ClientAuth> {
    if (app.clientAuthentication === 'none' || app.clientSecret === null) return oauth.None();
    const secret = await this.encryption.open(app.organizationId, secretField(app.id), app.clientSecret);
    return app.clientAuthentication === 'client_secret_post'
      ? oauth.ClientSecretPost(secret)
      : oauth.ClientSecretBasic(secret);
  }
}

/** What an app's client secret is sealed as. */
export const secretField = (appId: string): string => `oauth_app|${appId}|client_secret`;

const serverOf = (app: OAuthAppEntity): oauth.AuthorizationServer => ({
  issuer: app.issuer ?? new URL(app.tokenUrl).origin,
  authorization_endpoint: app.authorizationUrl,
  token_endpoint: app.tokenUrl,
});

/** An ID token can be checked only against a configured issuer; nobody needs it otherwise. */
async function withoutForeignIdToken(app: OAuthAppEntity, response: Response): Promise<Response> {
  if (app.issuer !== null || !response.ok) return response;
  const text = await response.text();
  const { status, headers } = response;
  try {
    const { id_token: _unchecked, ...rest } = JSON.parse(text) as JsonObject;
    return new Response(JSON.stringify(rest), { status, headers });
  } catch {
    return new Response(text, { status, headers });
  }
}

function toTokens(answer: oauth.TokenEndpointResponse): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = answer;
  return {
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    expiresAt: seconds === undefined ? null : new Date(Date.now() + seconds * 1000),
    subject: oauth.getValidatedIdTokenClaims(answer)?.sub ?? null,
  };
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(error);
  }
}

/** Says what went wrong without repeating what was sent or answered: both hold secrets. */
function explain(error: unknown): unknown {
  if (error instanceof oauth.AuthorizationResponseError) {
    return new TokenRequestFailed(`the authorization was not given: ${codeOf(error.error)}`, error.error);
  }
  if (error instanceof oauth.ResponseBodyError) {
    return new TokenRequestFailed(`the token endpoint answered ${codeOf(error.error)}`, error.error);
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return new TokenRequestFailed('the token endpoint does not accept the client id and secret of the OAuth app');
  }
  if (error instanceof SafeHttpError) return new TokenRequestFailed(`the token endpoint: ${error.message}`);
  if (error instanceof DecryptionFailed) {
    return new TokenRequestFailed('the secret of the OAuth app cannot be decrypted; enter it again');
  }
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    return new TokenRequestFailed(`the answer is not one of an OAuth 2 server: ${error.message}`);
  }
  return error;
}

/** Codes come from outside: no more than the characters that RFC 6749 allows, and not many. */
const codeOf = (code: string): string => code.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '').slice(0, 100);
