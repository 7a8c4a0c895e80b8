/**
 * Encryption at rest: AES-256-GCM with a fresh random nonce for each text. Words: a *keyring* holds the keys by *kid*, the first one writes;
 * the *context* says where a sealed text belongs, and it opens only there.
 */
export { type Keyring, type NamedKey, parseKeyring } from './keyring.js';
export { open, seal, sealedBy, SealError } from './seal.js';
