import { Injectable } from '@nestjs/common';
import { newId } from '#libs/ids';
import { Database, type Tx } from '../database/index.js';
import { OrganizationKeyEntity } from './organization-key.entity.js';

/** A data key as it is stored. */
export type WrappedKey = Pick<OrganizationKeyEntity, 'organizationId' | 'id' | 'wrappedKey'>;

/** The key-encryption key that a row's key is wrapped by: the second part of a sealed text. */
const WRAPPED_BY = `split_part(wrapped_key, '.', 2)`;

@Injectable()
export class OrganizationKeyRepository {
  constructor(private readonly database: Database) {}

  find(organizationId: string, id: string): Promise<WrappedKey | null> {
    return this.database.manager.findOneBy(OrganizationKeyEntity, { organizationId, id });
  }

  /** Ids are UUIDv7: the highest is the newest. */
  findNewest(organizationId: string): Promise<WrappedKey | null> {
    return newestIn(this.database.manager, organizationId);
  }

  /**
   * The organization's newest key, made if it has none; concurrent calls agree on one.
   * @param wrap makes the stored form of a new key with this id
   * @returns null when there is no such organization
   */
  createFirst(organizationId: string, wrap: (id: string) => string): Promise<WrappedKey | null> {
    return this.database.transaction(async (tx) => {
      const locked = await tx.query<unknown[]>(LOCK_ORGANIZATION, [organizationId]);
      if (locked.length === 0) return null;
      const known = await newestIn(tx, organizationId);
      if (known) return known;
      const id = newId();
      const key = { organizationId, id, wrappedKey: wrap(id) };
      await tx.insert(OrganizationKeyEntity, key);
      return key;
    });
  }

  /** One data key for each key-encryption key that is in use, for the check at start. Reads every row once. */
  async sampleByWrappingKey(): Promise<WrappedKey[]> {
    return toKeys(await this.database.pool.query<WrappedRow>(SAMPLE_KEYS));
  }

  /**
   * Replaces the wrapping of up to `limit` keys, of all organizations, that another key than `wrappedBy` wraps.
   * @returns how many there were
   */
  rewrapSome(wrappedBy: string, limit: number, rewrap: (key: WrappedKey) => string): Promise<number> {
    return this.database.transaction(async (tx) => {
      const keys = toKeys({ rows: await tx.query<WrappedRow[]>(LOCK_OTHERS, [wrappedBy, limit]) });
      const column = (name: 'organizationId' | 'id') => keys.map((key) => key[name]);
      await tx.query(UPDATE_WRAPPED, [column('organizationId'), column('id'), keys.map(rewrap)]);
      return keys.length;
    });
  }
}

interface WrappedRow {
  organization_id: string;
  id: string;
  wrapped_key: string;
}

const toKeys = ({ rows }: { rows: WrappedRow[] }): WrappedKey[] =>
  rows.map((row) => ({ organizationId: row.organization_id, id: row.id, wrappedKey: row.wrapped_key }));

const newestIn = (tx: Tx, organizationId: string): Promise<WrappedKey | null> =>
  tx.findOne(OrganizationKeyEntity, { where: { organizationId }, order: { id: 'DESC' } });

/** Excludes others that want the same, but not inserts that refer to the organization. */
const LOCK_ORGANIZATION = 'select 1 from organizations where id = $1 for no key update';

const SAMPLE_KEYS = `
select distinct on (${WRAPPED_BY}) organization_id, id, wrapped_key from organization_keys order by ${WRAPPED_BY}`;

const LOCK_OTHERS = `
select organization_id, id, wrapped_key from organization_keys where ${WRAPPED_BY} <> $1
order by organization_id, id limit $2 for update`;

const UPDATE_WRAPPED = `
update organization_keys k set wrapped_key = n.wrapped_key
from unnest($1::uuid[], $2::uuid[], $3::text[]) as n (organization_id, id, wrapped_key)
where k.organization_id = n.organization_id and k.id = n.id`;
