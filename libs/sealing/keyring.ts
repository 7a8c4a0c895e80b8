/** A 256-bit key and its name. */
export interface NamedKey {
  kid: string;
  key: Buffer;
}

/** Keys by name. */
export interface Keyring {
  /** Seals everything new. */
  readonly writing: NamedKey;
  find(kid: string): NamedKey | undefined;
}

const ENTRY = /^([\w-]{1,32}):([A-Za-z0-9+/_-]{43}=?)$/;

/**
 * Reads `kid:base64,kid:base64…`, where each key is 32 bytes. The first one writes; the others only open what they sealed before.
 * @throws RangeError naming the entry by its position, never by its content
 */
export function parseKeyring(text: string): Keyring {
  const keys = new Map<string, NamedKey>();
  const entries = text.split(',').map((entry, index) => {
    const [, kid = '', base64 = ''] = ENTRY.exec(entry.trim()) ?? [];
    const key = Buffer.from(base64, 'base64');
    if (key.length !== 32) throw new RangeError(`entry ${index + 1} is not kid:base64 of 32 bytes`);
    if (keys.has(kid)) throw new RangeError(`entry ${index + 1} has the kid of another entry`);
    const named = { kid, key };
    keys.set(kid, named);
    return named;
  });
  return { writing: entries[0] as NamedKey, find: (kid) => keys.get(kid) };
}
