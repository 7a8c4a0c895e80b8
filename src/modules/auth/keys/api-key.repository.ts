import { Injectable } from '@nestjs/common';
import { IsNull, LessThan } from 'typeorm';
import { Database, Grouped, type Tx } from '../../../platform/database/index.js';
import type { OrganizationSettings, Plan } from '../../organizations/index.js';
import type { RateCategory } from '../rate-category.js';
import type { Scope } from '../scopes.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { FIND_KEY, FIND_KEYS } from './sql/find-keys.sql.js';
import { COUNT_ACTIVE_KEYS, LOCK_OWNER } from './sql/lock-owner.sql.js';
import { TOUCH_KEYS } from './sql/touch-keys.sql.js';

/** A key with what its organization and user add to it, as {@link FIND_KEYS} returns it. */
export interface KnownKey {
  hash: Buffer;
  id: string;
  organization_id: string;
  user_id: string;
  scopes: Scope[];
  workflow_ids: string[] | null;
  rate_limits: Partial<Record<RateCategory, number>> | null;
  plan: Plan;
  settings: OrganizationSettings;
  /** Neither revoked nor expired, and its user is not disabled. */
  usable: boolean;
}

@Injectable()
export class ApiKeyRepository {
  /** Two in flight, so that one silent connection does not hold up every request. */
  private readonly lookups = new Grouped<Buffer, KnownKey | Error | null>(
    // An outage fails the whole batch at once; trying each key again alone would keep the callers waiting.
    (hashes) => this.findAll(hashes).catch((error: Error) => hashes.map(() => error)),
    { maxInFlight: 2 },
  );

  constructor(private readonly database: Database) {}

  /** Concurrent calls share one statement, and equal hashes in it one row. No call is answered by a statement older than itself. */
  async findByHash(hash: Buffer): Promise<KnownKey | null> {
    const found = await this.lookups.call(hash);
    if (found instanceof Error) throw found;
    return found;
  }

  async findById(organizationId: string, id: string): Promise<KnownKey | null> {
    const { rows } = await this.database.run<KnownKey>(FIND_KEY, [organizationId, id]);
    return rows[0] ?? null;
  }

  private async findAll(hashes: Buffer[]): Promise<(KnownKey | null)[]> {
    const names = hashes.map((hash) => hash.toString('base64'));
    const wanted = new Map(names.map((name, index) => [name, hashes[index]]));
    const { rows } = await this.database.run<KnownKey>(FIND_KEYS, [[...wanted.values()]]);
    const found = new Map(rows.map((row) => [row.hash.toString('base64'), row]));
    return names.map((name) => found.get(name) ?? null);
  }

  /** Sets the last use of these keys to now. */
  async touch(hashes: Buffer[]): Promise<void> {
    await this.database.run(TOUCH_KEYS, [hashes]);
  }

  /**
   * Locks the user until the transaction ends and counts their active keys in the organization.
   * @returns null when the user is no member
   */
  async lockOwner(
    tx: Tx,
    organizationId: string,
    userId: string,
    expiresAt: Date | null,
  ): Promise<{ active: number; expired: boolean } | null> {
    const locked = await tx.query<unknown[]>(LOCK_OWNER, [organizationId, userId]);
    if (locked.length === 0) return null;
    const [counted] = await tx.query<{ active: number; expired: boolean }[]>(COUNT_ACTIVE_KEYS, [
      organizationId,
      userId,
      expiresAt,
    ]);
    return counted ?? null;
  }

  async insert(tx: Tx, key: Omit<ApiKeyEntity, 'createdAt' | 'expired' | 'lastUsedAt' | 'revokedAt'>): Promise<void> {
    await tx.insert(ApiKeyEntity, key);
  }

  find(tx: Tx, organizationId: string, id: string): Promise<ApiKeyEntity | null> {
    return tx.findOneBy(ApiKeyEntity, { organizationId, id });
  }

  /** One more than `limit`, newest first, older than the key `after`. */
  list(organizationId: string, limit: number, after?: string): Promise<ApiKeyEntity[]> {
    return this.database.manager.find(ApiKeyEntity, {
      where: { organizationId, ...(after !== undefined && { id: LessThan(after) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** A key that is revoked already keeps its time. */
  async revoke(tx: Tx, organizationId: string, id: string): Promise<void> {
    await tx.update(ApiKeyEntity, { organizationId, id, revokedAt: IsNull() }, { revokedAt: () => 'now()' });
  }

  /** Which of these workflows the organization has. Read by SQL: the workflows' room stands above this one. */
  async existingWorkflows(tx: Tx, organizationId: string, ids: string[]): Promise<Set<string>> {
    const rows = await tx.query<{ id: string }[]>(
      'select id from workflows where organization_id = $1 and id = any ($2::uuid[])',
      [organizationId, ids],
    );
    return new Set(rows.map((row) => row.id));
  }
}
