import { createHash } from 'node:crypto';
import { v7, validate } from 'uuid';

/** What an id belongs to, as printed by the native API: `run_018f…`. */
export type IdPrefix = 'run' | 'wf' | 'wfv' | 'key' | 'org' | 'user' | 'conn' | 'agent' | 'tmpl' | 'hook' | 'dlv';

/** A new UUIDv7. */
export const newId = (): string => v7();

/** A UUIDv7 of the time of `origin`: the same for the same name. */
export function derivedId(origin: string, name: string): string {
  const hash = createHash('sha256').update(`${origin} ${name}`).digest();
  hash.writeUInt8(0x70 | (hash.readUInt8(0) & 0x0f), 0);
  hash.writeUInt8(0x80 | (hash.readUInt8(2) & 0x3f), 2);
  const hex = hash.toString('hex');
  return `${origin.slice(0, 13)}-${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8, 20)}`;
}

/** The lowest id of that time: what was made before has a lower one. */
export function lowestIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** `run_018f…`: the form in which the native API prints an id. */
export const formatId = (prefix: IdPrefix, id: string): string => `${prefix}_${id}`;

/**
 * The bare UUID of an id in either form, or null when it cannot be one. Callers answer null like an id that does not exist,
 * since ids are opaque to clients.
 */
export function parseId(prefix: IdPrefix, value: string): string | null {
  const bare = value.startsWith(`${prefix}_`) ? value.slice(prefix.length + 1) : value;
  return bare.length === 36 && validate(bare) ? bare.toLowerCase() : null;
}
