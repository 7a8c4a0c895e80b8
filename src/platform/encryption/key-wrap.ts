import { type Key, type Keyring, keyIdOf, openSealed, seal, SealError } from '#libs/sealing';
import type { WrappedKey } from './organization-key.repository.js';

/** A wrapped key does not open as the key of another organization, or as another key of the same. */
const placeOf = ({ organizationId, id }: Pick<WrappedKey, 'organizationId' | 'id'>): string[] => [
  organizationId,
  'organization_keys.wrapped_key',
  id,
];

/** The stored form of a data key, under the keyring's first key. */
export const wrapKey = (keyring: Keyring, organizationId: string, { id, bytes }: Key): string =>
  seal(keyring.first, placeOf({ organizationId, id }), bytes.toString('base64'));

/** @throws SealError */
export function unwrapKey(keyring: Keyring, wrapped: WrappedKey): Key {
  const wrappedBy = keyIdOf(wrapped.wrappedKey);
  const key = keyring.find(wrappedBy);
  if (!key) throw new SealError('UNKNOWN_KEY', `it is wrapped by the key "${wrappedBy}", which ENCRYPTION_KEY lacks`);
  return { id: wrapped.id, bytes: Buffer.from(openSealed(key, placeOf(wrapped), wrapped.wrappedKey), 'base64') };
}
