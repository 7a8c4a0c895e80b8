import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'encryption.key';

/**
 * The encryption key of a server that keeps its own database: made at the first start, kept beside it, readable by the owner only.
 * @returns as the setting ENCRYPTION_KEY has it
 */
export function keepEncryptionKey(dataDir: string): string {
  const file = join(dataDir, NAME);
  if (!existsSync(file))
    writeFileSync(file, `local:${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  return readFileSync(file, 'utf8').trim();
}
