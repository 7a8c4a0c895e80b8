/**
 * Sealed texts: AES-256-GCM under a named key, bound to the place they belong to. Words: a *keyring* holds keys by their id, the first of
 * which writes; a *sealed* text names its key; its *place* is what it was sealed for, without which it does not open.
 */
export { type Key, Keyring, KeyringError, generateKey, parseKeyring } from './keyring.js';
export { keyIdOf, openSealed, seal, SealError, type SealErrorReason } from './seal.js';
