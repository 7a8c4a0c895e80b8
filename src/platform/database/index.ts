/**
 * The database, as every module sees it. Words: a *statement* is prepared and named; a *group* shares one statement among concurrent
 * calls. SQL stands only in repositories and `sql/` files.
 */
export { Database, type Statement, type Tx } from './database.js';
export { Grouped, type GroupedOptions } from './grouped.js';
export { isTransient, violates } from './database-errors.js';
export { APP_SCHEMA, DATABASE_URL, dataSourceOptions } from './data-source.js';
export { migrateDatabase } from './migrate.js';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
export { type JsonRow, RowLanes } from './row-lanes.js';
export { retryDeadlocks } from './retry-deadlocks.js';
