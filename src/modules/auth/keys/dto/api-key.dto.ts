import { formatId } from '#libs/ids';
import type { Scope } from '../../scopes.js';
import type { ApiKeyEntity } from '../api-key.entity.js';
import { KeyRateLimitsDto } from './create-api-key.dto.js';

export class ApiKeyDto {
  /**
   * The key's id.
   * @example key_01997c2e-4567-7abc-89ab-0123456789ab
   */
  id: string;

  /**
   * What the key is for.
   * @example "Nightly import"
   */
  name: string;

  /**
   * The key's first 12 characters.
   * @example capi_9fXk2Qz
   */
  prefix: string;

  /**
   * The key's last 4 characters.
   * @example a81B
   */
  last4: string;

  /** What the key may do. */
  scopes: Scope[];

  /** The only workflows the key may be used for; null: every workflow. */
  workflowIds: string[] | null;

  /** The key's own limits; null: it has none. */
  rateLimits: KeyRateLimitsDto | null;

  /** Only an active key is accepted. */
  status: 'active' | 'expired' | 'revoked';

  /**
   * When the key was made.
   * @example 2026-01-31T09:30:00.000Z
   */
  createdAt: string;

  /**
   * When the key stops working; null: never.
   * @example 2030-12-31T23:59:59.000Z
   */
  expiresAt: string | null;

  /**
   * When the key was revoked (ISO 8601); null: it was not.
   * @example 2026-11-22T10:00:00.000Z
   */
  revokedAt: string | null;

  /**
   * When the key was last used, right within a minute; null: never.
   * @example 2026-02-01T12:00:00.000Z
   */
  lastUsedAt: string | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  /**
   * The key. It cannot be read again.
   * @example capi_9fXk2Qz…a81B
   */
  key: string;
}

export function toApiKeyDto(key: Omit<ApiKeyEntity, 'organizationId' | 'userId' | 'hash'>): ApiKeyDto {
  return {
    id: formatId('key', key.id),
    name: key.name,
    prefix: key.prefix,
    last4: key.last4,
    scopes: key.scopes,
    workflowIds: key.workflowIds?.map((id) => formatId('wf', id)) ?? null,
    rateLimits: key.rateLimits,
    status: statusOf(key),
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  };
}

function statusOf(key: Pick<ApiKeyEntity, 'revokedAt' | 'expired'>): ApiKeyDto['status'] {
  if (key.revokedAt) return 'revoked';
  return key.expired ? 'expired' : 'active';
}
