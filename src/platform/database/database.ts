import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';

/** An open transaction. Writes take it as their first argument, so that forgetting it does not compile. */
export type Tx = EntityManager;

/** A statement with its plan cached by name on each connection. */
export interface Statement {
  /** Unique; PostgreSQL keeps one prepared plan under it a connection. */
  name: string;
  text: string;
}

/**
 * PostgreSQL, as repositories see it: entities through TypeORM, hot statements through the same pool without the ORM in between.
 */
@Injectable()
export class Database {
  constructor(private readonly dataSource: DataSource) {}

  /** The pool that TypeORM uses too; one limit on connections for the whole process. */
  get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  /** For reads outside a transaction. */
  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  /** Runs `work` in one transaction (READ COMMITTED); throwing rolls it back. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  /** One prepared statement, one round trip. */
  run<Row extends QueryResultRow>(statement: Statement, values: unknown[]): Promise<QueryResult<Row>> {
    return this.pool.query<Row>({ ...statement, values });
  }

  /** Runs `work` on one connection of the pool. */
  async connection<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // Whatever transaction state is left dies with the connection.
      client.release(true);
      throw error;
    }
  }
}
