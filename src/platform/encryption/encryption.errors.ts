import { defineError } from '../errors/index.js';

const encryptionNotConfigured = defineError(
  'ENCRYPTION_NOT_CONFIGURED',
  'unavailable',
  'The server has no key to encrypt secrets with: its operator must set ENCRYPTION_KEY.',
);

export const noEncryptionKey = () =>
  encryptionNotConfigured(
    'This server cannot keep secrets: ENCRYPTION_KEY is not set. Its operator must set it to <id>:<base64 of 32 bytes> and restart.',
    { retryAfter: 300 },
  );
