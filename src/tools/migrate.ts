import 'reflect-metadata';
import { loadSettings } from '../platform/config/index.js';
import { migrateDatabase } from '../platform/database/index.js';
import { QUEUE_SCHEMA } from '../platform/queue/index.js';

// Brings the database named by DATABASE_URL up to date and exits.
const { DATABASE_URL } = loadSettings(process.env);
if (DATABASE_URL === undefined) {
  process.stderr.write('DATABASE_URL: must name the database to migrate\n');
  process.exit(1);
}
await migrateDatabase(DATABASE_URL, QUEUE_SCHEMA);
