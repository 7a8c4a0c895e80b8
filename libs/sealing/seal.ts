import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Key } from './keyring.js';

export type SealErrorReason =
  /** Not a sealed text. */
  | 'MALFORMED'
  /** Sealed with a key that is not at hand. */
  | 'UNKNOWN_KEY'
  /** Changed, moved from another place, or sealed with another key of the same id. */
  | 'TAMPERED';

/** Why a sealed text does not open. The message holds neither text nor key. */
export class SealError extends Error {
  override readonly name = 'SealError';

  constructor(
    readonly reason: SealErrorReason,
    message: string,
  ) {
    super(message);
  }
}

const VERSION = 'v1';
const ALGORITHM = 'aes-256-gcm';
/** NIST SP 800-38D §8.2.2: random IVs of 96 bits, for at most 2^32 texts a key. */
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{22})$/;

/**
 * Seals a text for a place. Two calls never give the same.
 * @param place where the text belongs; it does not open anywhere else
 * @returns `v1.<key id>.<iv>.<ciphertext>.<tag>`, the last three in base64url
 */
export function seal(key: Key, place: readonly string[], text: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key.bytes, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(key.id, place));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const parts = [iv, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'));
  return [VERSION, key.id, ...parts].join('.');
}

/**
 * The text that was sealed with this key for this place.
 * @throws SealError `MALFORMED`, `UNKNOWN_KEY` (it names another key), `TAMPERED`
 */
export function openSealed(key: Key, place: readonly string[], sealed: string): string {
  const [, id = '', iv = '', ciphertext = '', tag = ''] = match(sealed);
  if (id !== key.id) throw new SealError('UNKNOWN_KEY', `it was sealed with the key "${id}"`);
  const decipher = createDecipheriv(ALGORITHM, key.bytes, Buffer.from(iv, 'base64url'), { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(id, place));
  decipher.setAuthTag(Buffer.from(tag, 'base64url'));
  try {
    return Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64url')), decipher.final()]).toString('utf8');
  } catch {
    throw new SealError('TAMPERED', 'it was changed, belongs elsewhere, or its key is another one');
  }
}

/**
 * Which key opens it.
 * @throws SealError `MALFORMED`
 */
export const keyIdOf = (sealed: string): string => match(sealed)[1] ?? '';

function match(sealed: string): RegExpExecArray {
  const parts = FORMAT.exec(sealed);
  if (!parts) throw new SealError('MALFORMED', 'it is not a sealed text');
  return parts;
}

/** As JSON, so that no two places run together. */
const boundTo = (keyId: string, place: readonly string[]): Buffer =>
  Buffer.from(JSON.stringify([VERSION, keyId, ...place]));
