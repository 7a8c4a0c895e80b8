import { Injectable } from '@nestjs/common';
import type { ConnectionChoice } from '#libs/connector-kit';
import { parseId } from '#libs/ids';
import { Database, type Tx } from '../../platform/database/index.js';
import { type Candidate, MOST_NAMED } from './choose-connection.js';
import { type Connection, ConnectionEntity } from './connection.entity.js';
import type { ConnectionStatus } from './connection.status.js';
import { FIND_CANDIDATES } from './sql/find-candidates.sql.js';

export interface ConnectionFilter {
  provider?: string;
  status?: ConnectionStatus;
  before?: string;
  limit: number;
}

export type NewConnection = Omit<
  ConnectionEntity,
  'createdAt' | 'updatedAt' | 'lastUsedAt' | 'lastTestedAt' | 'refreshingUntil'
>;

export type ConnectionChange = Partial<
  Pick<
    ConnectionEntity,
    | 'name'
    | 'status'
    | 'settings'
    | 'credentials'
    | 'credentialHints'
    | 'oauthApp'
    | 'expiresAt'
    | 'externalAccountId'
    | 'error'
  >
>;

@Injectable()
export class ConnectionRepository {
  constructor(private readonly database: Database) {}

  find(organizationId: string, id: string): Promise<Connection | null> {
    return this.database.manager.findOneBy(ConnectionEntity, { organizationId, id });
  }

  findByName(organizationId: string, provider: string, name: string): Promise<Connection | null> {
    return this.database.manager.findOneBy(ConnectionEntity, { organizationId, provider, name });
  }

  /** With its sealed credentials. */
  findSealed(organizationId: string, id: string): Promise<ConnectionEntity | null> {
    return this.database.manager
      .createQueryBuilder(ConnectionEntity, 'connection')
      .addSelect('connection.credentials')
      .where('connection.organizationId = :organizationId and connection.id = :id', { organizationId, id })
      .getOne();
  }

  /** Newest first. */
  list(organizationId: string, filter: ConnectionFilter): Promise<Connection[]> {
    const query = this.database.manager
      .createQueryBuilder(ConnectionEntity, 'connection')
      .where('connection.organizationId = :organizationId', { organizationId })
      .orderBy('connection.id', 'DESC')
      .limit(filter.limit);
    if (filter.before !== undefined) query.andWhere('connection.id < :before', { before: filter.before });
    if (filter.provider !== undefined) query.andWhere('connection.provider = :provider', { provider: filter.provider });
    if (filter.status !== undefined) query.andWhere('connection.status = :status', { status: filter.status });
    return query.getMany();
  }

  /** What each of these choices is made from, in one statement. */
  async findCandidates(
    organizationId: string,
    choices: readonly Omit<ConnectionChoice, 'organizationId'>[],
  ): Promise<Candidate[][]> {
    const { rows } = await this.database.run<Candidate & { choice: number }>(FIND_CANDIDATES, [
      organizationId,
      choices.map(({ provider }) => provider),
      choices.map(({ named }) => named && parseId('conn', named)),
      choices.map(({ named }) => named),
      choices.map(({ chosen }) => chosen && parseId('conn', chosen)),
      MOST_NAMED + 1,
    ]);
    return choices.map((_choice, index) => distinct(rows.filter((row) => row.choice === index)));
  }

  async insert(tx: Tx, connection: NewConnection): Promise<void> {
    await tx.insert(ConnectionEntity, connection as object);
  }

  /** False when there is no such connection. */
  async update(tx: Tx, organizationId: string, id: string, change: ConnectionChange): Promise<boolean> {
    const { affected } = await tx.update(ConnectionEntity, { organizationId, id }, {
      ...change,
      // A renewal that is under way belongs to the old credentials.
      ...(change.credentials !== undefined && { refreshingUntil: null }),
      updatedAt: () => 'now()',
    } as object);
    return affected === 1;
  }

  async delete(tx: Tx, organizationId: string, id: string): Promise<boolean> {
    const { affected } = await tx.delete(ConnectionEntity, { organizationId, id });
    return affected === 1;
  }

  /** Notes a use, once a minute at most. */
  async touch(organizationId: string, id: string): Promise<void> {
    await this.database.run(TOUCH, [organizationId, id]);
  }

  /**
   * Notes what a test found, unless the connection has other credentials by now. One that its owner has switched off, or that has to be
   * authorized, stays so.
   * @param found.error null: it passed
   */
  async recordTest(
    { organizationId, id, credentials }: ConnectionEntity,
    found: Pick<ConnectionEntity, 'error' | 'externalAccountId'>,
  ): Promise<void> {
    await this.database.run(RECORD_TEST, [organizationId, id, credentials, found.error, found.externalAccountId]);
  }

  /**
   * Takes over the renewal of the access token for a time; false when another process has, or the credentials have changed since they were
   * read.
   */
  async claimRefresh({ organizationId, id, credentials }: ConnectionEntity, leaseMs: number): Promise<boolean> {
    const { rowCount } = await this.database.run(CLAIM_REFRESH, [organizationId, id, credentials, leaseMs]);
    return rowCount === 1;
  }

  /** Ends the renewal of these credentials: with new ones, or as expired, or with nothing changed. */
  async endRefresh(
    { organizationId, id, credentials }: ConnectionEntity,
    result: Pick<ConnectionEntity, 'credentials' | 'status' | 'error' | 'expiresAt'>,
  ): Promise<void> {
    await this.database.run(END_REFRESH, [
      organizationId,
      id,
      credentials,
      result.credentials,
      result.status,
      result.error,
      result.expiresAt,
    ]);
  }
}

const distinct = (candidates: readonly Candidate[]): Candidate[] => [
  ...new Map(candidates.map((candidate) => [candidate.id, candidate])).values(),
];

const TOUCH = {
  name: 'touch_connection',
  text: `
update connections set last_used_at = now()
where organization_id = $1 and id = $2 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
};

const RECORD_TEST = {
  name: 'record_connection_test',
  text: `
update connections set last_tested_at = now(), external_account_id = coalesce($5, external_account_id),
  status = case when status not in ('active', 'error') then status when $4::text is null then 'active' else 'error' end,
  error = case when status in ('active', 'error') then $4 else error end
where organization_id = $1 and id = $2 and credentials is not distinct from $3`,
};

const CLAIM_REFRESH = {
  name: 'claim_connection_refresh',
  text: `
update connections set refreshing_until = now() + $4::int * interval '1 ms'
where organization_id = $1 and id = $2 and credentials = $3 and status = 'active'
  and (refreshing_until is null or refreshing_until < now())`,
};

const END_REFRESH = {
  name: 'end_connection_refresh',
  text: `
update connections set credentials = $4, expires_at = $7, refreshing_until = null, updated_at = now(),
  status = case when status = 'active' then $5 else status end, error = case when status = 'active' then $6 else error end
where organization_id = $1 and id = $2 and credentials = $3`,
};
