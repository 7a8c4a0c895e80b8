import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey, parseKeyring } from '#libs/sealing';
import { InvalidSettings, Settings } from '../config/index.js';

/** Name of the file in DATA_DIR that takes the place of ENCRYPTION_KEY on an embedded database. */
export const KEY_FILE = 'encryption.key';

/**
 * The settings with ENCRYPTION_KEY: as set, else the one of the data directory, made at the first start. Only its owner can read the file.
 * Without it the secrets in the database are lost, so it belongs into the same backup.
 * @throws InvalidSettings when the file cannot be read or holds no keyring
 */
export function withEncryptionKey(settings: Settings, dataDir: string): Readonly<Settings> {
  if (settings.ENCRYPTION_KEY !== undefined) return settings;
  const file = join(dataDir, KEY_FILE);
  try {
    const ENCRYPTION_KEY = readKeyFile(file) ?? makeKeyFile(file);
    parseKeyring(ENCRYPTION_KEY);
    return Object.freeze(Object.assign(new Settings(), settings, { ENCRYPTION_KEY }));
  } catch (error) {
    throw new InvalidSettings(
      `Runhook cannot start. ENCRYPTION_KEY is not set, and ${file} cannot be used: ${(error as Error).message}`,
    );
  }
}

function readKeyFile(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Two processes may start on one directory at once: the link decides whose key it is, and is never half written. */
function makeKeyFile(file: string): string {
  const { id, bytes } = generateKey(`k${randomBytes(4).toString('hex')}`);
  const draft = `${file}.${id}`;
  writeFileSync(draft, `${id}:${bytes.toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8').trim();
}
