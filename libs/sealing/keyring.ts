import { randomBytes } from 'node:crypto';

/** An AES-256 key. */
export interface Key {
  /** 1 to 64 letters, digits, `-` and `_`. */
  id: string;
  /** 32 bytes. */
  bytes: Buffer;
}

/** Why a keyring cannot be used. The message names the entry by its number and id, never by its bytes. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';
}

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Keys by id. */
export class Keyring {
  private readonly byId: ReadonlyMap<string, Key>;

  /** @param first the key that writes */
  constructor(
    readonly first: Key,
    rest: readonly Key[] = [],
  ) {
    this.byId = new Map([first, ...rest].map((key) => [key.id, key]));
  }

  get ids(): string[] {
    return [...this.byId.keys()];
  }

  find(id: string): Key | undefined {
    return this.byId.get(id);
  }
}

/** A new random key. */
export const generateKey = (id: string): Key => ({ id, bytes: randomBytes(KEY_BYTES) });

/**
 * Reads `<id>:<base64 of 32 bytes>[,…]`. The first key writes, all of them open.
 * @throws KeyringError
 * @example parseKeyring('2026:JN3vU0…=,2025:9qTn1c…=').first.id // '2026'
 */
export function parseKeyring(text: string): Keyring {
  const keys = text.split(',').map((entry, index) => parseKey(entry.trim(), index + 1));
  const twice = keys.find(({ id }, index) => keys.findIndex((other) => other.id === id) !== index);
  if (twice) throw new KeyringError(`names the key "${twice.id}" twice; give each key an id of its own`);
  const [first, ...rest] = keys;
  if (!first) throw new KeyringError('is empty');
  return new Keyring(first, rest);
}

function parseKey(entry: string, number: number): Key {
  const colon = entry.indexOf(':');
  const id = entry.slice(0, Math.max(colon, 0));
  if (!KEY_ID.test(id)) {
    throw new KeyringError(
      `entry ${number} must be <id>:<base64 of 32 bytes>, the id of 1 to 64 letters, digits, "-" or "_"`,
    );
  }
  const encoded = entry.slice(colon + 1);
  const bytes = Buffer.from(encoded, 'base64');
  // Buffer skips what is no base64, so a mistyped key would quietly be another one.
  if (bytes.length !== KEY_BYTES || !/^[A-Za-z0-9+/_-]{43}=?$/.test(encoded)) {
    throw new KeyringError(
      `the key "${id}" must be the base64 of ${KEY_BYTES} bytes, as made by openssl rand -base64 32`,
    );
  }
  return { id, bytes };
}
