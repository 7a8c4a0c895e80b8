import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hashApiKey, isWellFormedApiKey } from '#libs/ids';
import type { ResponseStyle } from '../../platform/http/index.js';
import { AuthFailures } from './auth-failures.js';
import type { Caller } from './caller.js';
import { ApiKeyRepository, type KnownKey } from './keys/api-key.repository.js';
import { LastUsed } from './last-used.js';

/** A credential as it came in. */
export interface PresentedKey {
  key: string;
  style: ResponseStyle;
  /** The client's address, to which a refusal is counted. */
  address: string;
}

/** Tells who is calling from a key in clear text. Nothing is remembered between calls, so a revocation holds from the next one on. */
@Injectable()
export class KeyVerifier {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly failures: AuthFailures,
    private readonly lastUsed: LastUsed,
  ) {}

  /**
   * The cheap checks come first: shape and checksum cost no query, so guessing never reaches the database.
   * @throws DomainError UNAUTHORIZED, or RATE_LIMITED after too many refused keys from this address
   */
  async verify({ key, style, address }: PresentedKey): Promise<Caller> {
    const known = isWellFormedApiKey(key) ? await this.find(hashApiKey(key)) : null;
    if (!known?.usable) throw this.failures.refusal(address);
    this.lastUsed.touch(known.hash);
    return toCaller(known, style);
  }

  private async find(hash: Buffer): Promise<KnownKey | null> {
    const known = await this.keys.findByHash(hash);
    return known && timingSafeEqual(known.hash, hash) ? known : null;
  }
}

/** A key's own limit wins over its organization's. */
export function toCaller(known: KnownKey, style: ResponseStyle): Caller {
  const { concurrency, backlog, rateLimits } = known.settings;
  return {
    organizationId: known.organization_id,
    userId: known.user_id,
    keyId: known.id,
    plan: known.plan,
    scopes: known.scopes,
    ...(known.workflow_ids && { workflowIds: known.workflow_ids }),
    limits: { ...rateLimits, ...known.rate_limits },
    organization: { ...(concurrency !== undefined && { concurrency }), ...(backlog !== undefined && { backlog }) },
    style,
  };
}
