/**
 * Encryption at rest. Words: texts are *sealed* with the organization's *data key*, which lies *wrapped* in the database by a
 * *key-encryption key* of ENCRYPTION_KEY (ADR 7). A sealed text opens only as the field of the organization that it was sealed for.
 */
export { DecryptionFailed, Encryption } from './encryption.js';
export { withEncryptionKey } from './key-file.js';
export { OrganizationKeyEntity } from './organization-key.entity.js';
export { OrganizationKeyRepository } from './organization-key.repository.js';
export { rewrapKeys } from './rewrap-keys.js';
