import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { generateRandomCodeVerifier, generateRandomState } from 'oauth4webapi';
import { Settings } from '../../../platform/config/index.js';
import type { Tx } from '../../../platform/database/index.js';
import { Encryption } from '../../../platform/encryption/index.js';
import type { OAuthAppEntity } from './oauth-app.entity.js';
import type { OAuthAuthorizationEntity } from './oauth-authorization.entity.js';
import { OAuthClient, type Tokens } from './oauth-client.js';
import { OAuthRepository } from './oauth.repository.js';
import { checkRedirectUrl } from './redirect-url.js';

/** How long a person may take. */
const VALID_MS = 10 * 60_000;
/** 256 random bits, as made by oauth4webapi. */
const STATE = /^[\w-]{43}$/;
export const CALLBACK_PATH = '/api/v1/connections/oauth/callback';

/** A request that was sent to an OAuth server. */
export interface SentRequest {
  authUrl: string;
  state: string;
  redirectUri: string;
  expiresAt: Date;
}

/** A request that was answered. */
export type AnsweredRequest = OAuthAuthorizationEntity & { state: string };

/** Authorization requests: each has a state of its own, is answered once and within ten minutes, and proves by PKCE who asked. */
@Injectable()
export class AuthorizationRequests {
  constructor(
    private readonly repository: OAuthRepository,
    private readonly encryption: Encryption,
    private readonly client: OAuthClient,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError VALIDATION_ERROR */
  checkRedirectUrl(url: string | undefined): string | null {
    return url === undefined ? null : checkRedirectUrl(url, this.settings);
  }

  /** Takes the place of the connection's earlier requests. */
  async add(tx: Tx, app: OAuthAppEntity, connectionId: string, redirectUrl: string | null): Promise<SentRequest> {
    const { organizationId } = app;
    const state = generateRandomState();
    const codeVerifier = generateRandomCodeVerifier();
    const redirectUri = this.settings.publicUrl + CALLBACK_PATH;
    const expiresAt = new Date(Date.now() + VALID_MS);
    await this.repository.insertAuthorization(tx, {
      stateHash: hashOf(state),
      organizationId,
      connectionId,
      app: app.name,
      redirectUri,
      redirectUrl,
      codeVerifier: await this.encryption.seal(organizationId, verifierField(connectionId), codeVerifier),
      expiresAt,
    });
    const authUrl = await this.client.authorizationUrl(app, { redirectUri, state, codeVerifier });
    return { authUrl, state, redirectUri, expiresAt };
  }

  /** The request that a state belongs to, for the only time; null: unknown, answered already, or too late. */
  async take(state: string | null): Promise<AnsweredRequest | null> {
    const request = state !== null && STATE.test(state) ? await this.repository.takeAuthorization(hashOf(state)) : null;
    return request && state !== null ? { ...request, state } : null;
  }

  /** @throws TokenRequestFailed; DecryptionFailed when the stored request was tampered with */
  async exchange(request: AnsweredRequest, app: OAuthAppEntity, callback: URLSearchParams): Promise<Tokens> {
    const { organizationId, connectionId, redirectUri, state } = request;
    const codeVerifier = await this.encryption.open(organizationId, verifierField(connectionId), request.codeVerifier);
    return this.client.exchange(app, callback, { redirectUri, state, codeVerifier });
  }
}

const hashOf = (state: string): Buffer => createHash('sha256').update(state).digest();

const verifierField = (connectionId: string): string => `oauth_authorization|${connectionId}|code_verifier`;
