import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = 'capi_';
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;

/** `capi_`, 30 random base62 characters (178 bits), 6 base62 characters of CRC-32 over what stands before (contracts/decisions §3). */
export const API_KEY_PATTERN = /^capi_[0-9A-Za-z]{36}$/;

/** A new API key in clear text. It is shown once and stored only as {@link hashApiKey}. */
export function generateApiKey(): string {
  let random = '';
  for (let i = 0; i < RANDOM_LENGTH; i++) random += ALPHABET[randomInt(ALPHABET.length)];
  return PREFIX + random + checksum(PREFIX + random);
}

/** Whether the shape and the checksum are right; a guessed or mistyped key is refused here, before any database query. */
export function isWellFormedApiKey(key: string): boolean {
  return API_KEY_PATTERN.test(key) && checksum(key.slice(0, -CHECKSUM_LENGTH)) === key.slice(-CHECKSUM_LENGTH);
}

/** A well-shaped key with its checksum put right, to tell an operator who made one by hand how it must end. */
export const withChecksum = (key: string): string =>
  key.slice(0, -CHECKSUM_LENGTH) + checksum(key.slice(0, -CHECKSUM_LENGTH));

/** SHA-256 of the key. A fast hash is enough: 178 random bits cannot be enumerated. */
export const hashApiKey = (key: string): Buffer => createHash('sha256').update(key).digest();

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = ALPHABET.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
