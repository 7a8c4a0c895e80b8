import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../entities.js';
import { loadSettings } from '../platform/config/index.js';
import { dataSourceOptions, migrateDatabase, startEmbeddedPostgres } from '../platform/database/index.js';
import { QUEUE_SCHEMA } from '../platform/queue/index.js';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

// Fails when the migrations and the entities disagree: migrates an empty database and asks TypeORM what is missing.
const { DATABASE_URL } = loadSettings(process.env);
const directory = mkdtempSync(join(tmpdir(), 'runhook-migrations-'));
// For root the database runs under another account, which must be able to enter.
chmodSync(directory, 0o755);
const embedded = DATABASE_URL === undefined ? await startEmbeddedPostgres({ dataDir: directory, unsafe: true }) : null;
const url = DATABASE_URL ?? embedded?.url ?? '';
try {
  await migrateDatabase(url, QUEUE_SCHEMA);
  const dataSource = new DataSource(
    dataSourceOptions({ url, poolSize: 2, applicationName: 'runhook-check' }, ENTITIES),
  );
  await dataSource.initialize();
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  await dataSource.destroy();
  for (const { query } of upQueries) process.stdout.write(`${query}\n`);
  process.exitCode = upQueries.length === 0 ? 0 : 1;
} finally {
  await embedded?.stop();
  rmSync(directory, { recursive: true, force: true });
}
