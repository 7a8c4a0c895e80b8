import { Injectable } from '@nestjs/common';
import { generateApiKey, hashApiKey, isWellFormedApiKey, newId, parseId } from '#libs/ids';
import { Database, type Tx } from '../../../platform/database/index.js';
import { notFound, validationError } from '../../../platform/errors/index.js';
import { decodeCursor, type Page, type PageQuery, toPage } from '../../../platform/http/index.js';
import { invalidKey, keyLimitReached } from '../auth.errors.js';
import type { RateCategory } from '../rate-category.js';
import type { Scope } from '../scopes.js';
import type { ApiKeyEntity } from './api-key.entity.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { type ApiKeyDto, type CreatedApiKeyDto, toApiKeyDto } from './dto/api-key.dto.js';

/** Active keys that one user may have in an organization. */
const MAX_ACTIVE_KEYS = 10;

export interface NewKey {
  organizationId: string;
  /** A member of the organization. */
  userId: string;
  name: string;
  scopes: readonly Scope[];
  /** Bare UUIDs; absent: every workflow. */
  workflowIds?: readonly string[] | undefined;
  rateLimits?: Partial<Record<RateCategory, number>> | undefined;
  expiresAt?: Date | undefined;
  /** The key in clear text, as the operator has set it; absent: a new one is made. */
  key?: string;
}

export type IssuedKey = CreatedApiKeyDto;

@Injectable()
export class ApiKeys {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeyRepository,
  ) {}

  /**
   * Stores a new key and returns it with its clear text, for the only time.
   * @throws DomainError KEY_LIMIT_REACHED, or VALIDATION_ERROR for an expiry in the past or a given key with a wrong checksum
   */
  async issue(tx: Tx, { key = generateApiKey(), ...wanted }: NewKey): Promise<IssuedKey> {
    if (!isWellFormedApiKey(key)) throw validationError('The given API key is mistyped: its checksum is wrong.');
    const { organizationId, userId, expiresAt = null } = wanted;
    const owner = await this.keys.lockOwner(tx, organizationId, userId, expiresAt);
    if (!owner) throw notFound('User not found');
    if (owner.expired) throw invalidKey([{ path: ['expiresAt'], message: 'must be in the future' }]);
    if (owner.active >= MAX_ACTIVE_KEYS) {
      throw keyLimitReached(`A user can have ${MAX_ACTIVE_KEYS} active API keys. Revoke one first.`);
    }
    const id = newId();
    await this.keys.insert(tx, {
      organizationId,
      id,
      userId,
      expiresAt,
      name: wanted.name,
      scopes: [...wanted.scopes],
      workflowIds: wanted.workflowIds ? [...wanted.workflowIds] : null,
      rateLimits: wanted.rateLimits ?? null,
      hash: hashApiKey(key),
      prefix: key.slice(0, 12),
      last4: key.slice(-4),
    });
    return Object.assign(toApiKeyDto(await this.getIn(tx, organizationId, id)), { key });
  }

  async list(organizationId: string, { limit, cursor }: PageQuery): Promise<Page<ApiKeyDto>> {
    const rows = await this.keys.list(organizationId, limit, cursor === undefined ? undefined : decodeCursor(cursor));
    return toPage(rows, limit, toApiKeyDto);
  }

  /** Whether the key is neither revoked nor expired. */
  async isActive(organizationId: string, id: string): Promise<boolean> {
    const key = await this.keys.find(this.database.manager, organizationId, id);
    return key !== null && toApiKeyDto(key).status === 'active';
  }

  /** @throws DomainError NOT_FOUND */
  async get(organizationId: string, id: string): Promise<ApiKeyDto> {
    return toApiKeyDto(await this.getIn(this.database.manager, organizationId, id));
  }

  /**
   * Once this has returned no process accepts the key, since none remembers it. Revoking again changes nothing.
   * @throws DomainError NOT_FOUND
   */
  revoke(organizationId: string, id: string): Promise<ApiKeyDto> {
    return this.database.transaction(async (tx) => {
      const key = await this.getIn(tx, organizationId, id);
      await this.keys.revoke(tx, organizationId, key.id);
      return toApiKeyDto(await this.getIn(tx, organizationId, key.id));
    });
  }

  private async getIn(tx: Tx, organizationId: string, id: string): Promise<ApiKeyEntity> {
    const bare = parseId('key', id);
    const key = bare && (await this.keys.find(tx, organizationId, bare));
    if (!key) throw notFound('API key not found');
    return key;
  }
}
