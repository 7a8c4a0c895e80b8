import { Logger } from '@nestjs/common';
import type { DataSourceOptions, MixedList } from 'typeorm';
import { migrations } from './migrations/index.js';
import { SnakeNaming } from './snake-naming.js';

/** Schema of every table of ours; BullMQ's tables live in their own. */
export const APP_SCHEMA = 'app';

/** Injection token of the URL of the database in use. */
export const DATABASE_URL = Symbol('DATABASE_URL');

const logger = new Logger('Database');

export interface DataSourceSettings {
  url: string;
  poolSize: number;
  applicationName: string;
}

/**
 * TypeORM options. The schema is set by `search_path`, not by `schema`, because generated migrations name it inconsistently.
 * `query_timeout` and keep-alive bound what a silent, half-open connection can hold up (reliability §0.5).
 */
export function dataSourceOptions(
  { url, poolSize, applicationName }: DataSourceSettings,
  entities: MixedList<Function>,
): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName,
    entities,
    migrations,
    migrationsTransactionMode: 'all',
    namingStrategy: new SnakeNaming(),
    synchronize: false,
    installExtensions: false,
    poolErrorHandler: (error: Error) => logger.warn(`idle database connection lost: ${error.message}`),
    extra: {
      max: poolSize,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 20_000,
      idleTimeoutMillis: 60_000,
      options: `-c search_path=${APP_SCHEMA},public -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000`,
    },
  };
}
