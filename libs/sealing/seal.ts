import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Keyring, NamedKey } from './keyring.js';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Why a sealed text does not open: its form, a key that is not there, or a text that was changed or belongs elsewhere. */
export class SealError extends Error {
  override readonly name = 'SealError';

  constructor(readonly reason: 'malformed' | 'unknown_key' | 'forged') {
    super(`sealed text cannot be opened: ${reason}`);
  }
}

/**
 * Seals bytes as `v1.<kid>.<nonce>.<ciphertext>.<tag>` (base64url).
 * @param context where the text belongs, e.g. `organization|field`; it is authenticated with it
 */
export function seal({ kid, key }: NamedKey, plain: Buffer, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(`${VERSION}|${kid}|${context}`));
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return [VERSION, kid, ...[nonce, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join(
    '.',
  );
}

/** @throws SealError */
export function open(keys: Pick<Keyring, 'find'>, sealed: string, context: string): Buffer {
  const [version, kid, ...parts] = sealed.split('.');
  const [nonce, ciphertext, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (version !== VERSION || kid === undefined || parts.length !== 3 || !nonce || !ciphertext || !tag)
    throw new SealError('malformed');
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) throw new SealError('malformed');
  const named = keys.find(kid);
  if (!named) throw new SealError('unknown_key');
  const decipher = createDecipheriv(ALGORITHM, named.key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(`${VERSION}|${kid}|${context}`));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw new SealError('forged');
  }
}

/** The kid of the key that sealed a text. */
export const sealedBy = (sealed: string): string => sealed.split('.')[1] ?? '';
