import { runMigrations } from 'bullmq';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { APP_SCHEMA, dataSourceOptions } from './data-source.js';

/** Any number of processes may start at once; one migrates, the others wait for it ('migr' in ASCII). */
const MIGRATION_LOCK = 0x6d696772;

/**
 * Brings the database up to date: our schema by TypeORM's migrations, the queue's by BullMQ's own. Idempotent.
 * @param queueSchema schema of BullMQ's tables
 */
export async function migrateDatabase(url: string, queueSchema: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'runhook-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(`create schema if not exists ${APP_SCHEMA}`);
    const dataSource = new DataSource(dataSourceOptions({ url, poolSize: 2, applicationName: 'runhook-migrate' }, []));
    await dataSource.initialize();
    try {
      await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
    await runMigrations(client, queueSchema);
  } finally {
    await client.end();
  }
}
