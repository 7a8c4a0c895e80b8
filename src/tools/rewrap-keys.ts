import 'reflect-metadata';
import { loadSettings } from '../platform/config/index.js';
import { rewrapDataKeys } from '../platform/encryption/index.js';

// Wraps the data keys of the database named by DATABASE_URL with the first key of ENCRYPTION_KEY and exits.
const { DATABASE_URL, ENCRYPTION_KEY } = loadSettings(process.env);
if (DATABASE_URL === undefined || ENCRYPTION_KEY === undefined) {
  process.stderr.write('DATABASE_URL and ENCRYPTION_KEY must be set\n');
  process.exit(1);
}
const count = await rewrapDataKeys(DATABASE_URL, ENCRYPTION_KEY);
process.stdout.write(`${count} data keys wrapped anew. Keys of ENCRYPTION_KEY after the first can be dropped.\n`);
