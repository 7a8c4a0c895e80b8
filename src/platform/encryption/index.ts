/**
 * Encryption at rest of what organizations entrust to the server. Words: each organization has a *data key* that seals its texts; the data
 * keys are *wrapped* by a key of the setting ENCRYPTION_KEY, so that changing that one re-wraps a row an organization and touches no text.
 */
export { Encryption, encryptionNotConfigured } from './encryption.js';
export { keepEncryptionKey } from './key-file.js';
export { rewrapDataKeys } from './rewrap.js';
