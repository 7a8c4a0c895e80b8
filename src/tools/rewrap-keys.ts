import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../entities.js';
import { InvalidSettings, loadSettings } from '../platform/config/index.js';
import { Database, dataSourceOptions, startEmbeddedPostgres } from '../platform/database/index.js';
import { OrganizationKeyRepository, rewrapKeys, withEncryptionKey } from '../platform/encryption/index.js';

// Wraps every organization's data key with the first key of ENCRYPTION_KEY and exits. Servers may run meanwhile.
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function rewrap(): Promise<void> {
  const given = loadSettings(process.env);
  const embedded =
    given.DATABASE_URL === undefined ? await startEmbeddedPostgres({ dataDir: given.DATA_DIR, log: say }) : null;
  try {
    const settings = embedded ? withEncryptionKey(given, embedded.dataDir) : given;
    if (settings.ENCRYPTION_KEY === undefined)
      throw new InvalidSettings('ENCRYPTION_KEY: must hold the new key, and after it the old ones');
    const url = embedded?.url ?? given.DATABASE_URL ?? '';
    const options = dataSourceOptions({ url, poolSize: 2, applicationName: 'runhook-rewrap' }, ENTITIES);
    const dataSource = await new DataSource(options).initialize();
    try {
      const keys = new OrganizationKeyRepository(new Database(dataSource));
      const done = await rewrapKeys(keys, settings.ENCRYPTION_KEY, (sofar) => say(`${sofar} keys`));
      say(`Done: ${done} keys were wrapped anew; all are wrapped by the first key of ENCRYPTION_KEY.`);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await embedded?.stop();
  }
}

try {
  await rewrap();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
