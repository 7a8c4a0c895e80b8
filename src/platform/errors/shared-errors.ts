import { defineError } from './error-catalogue.js';

export const validationError = defineError(
  'VALIDATION_ERROR',
  'invalid',
  'The request, the run input or the workflow definition is not valid. `details` names each field and the fix.',
);
export const badRequest = defineError(
  'BAD_REQUEST',
  'invalid',
  'The request is not well-formed JSON or breaks a limit on its shape.',
);
export const notFound = defineError(
  'NOT_FOUND',
  'not_found',
  'No such route or resource; also the answer for a resource of another organization.',
);
export const methodNotAllowed = defineError(
  'METHOD_NOT_ALLOWED',
  'method_not_allowed',
  'The path exists, but not with this method; see `Allow`.',
);
export const payloadTooLarge = defineError('PAYLOAD_TOO_LARGE', 'too_large', 'The body is larger than MAX_BODY_BYTES.');
export const unsupportedMediaType = defineError(
  'UNSUPPORTED_MEDIA_TYPE',
  'unsupported',
  'The body is not `application/json`, or its encoding or character set is not supported.',
);
export const invalidStatus = defineError(
  'INVALID_STATUS',
  'invalid',
  'The resource is in a status in which this cannot be done; the message names the status.',
);
export const unavailable = defineError(
  'UNAVAILABLE',
  'unavailable',
  'The server cannot answer just now (database out of reach, shutting down). Try again after `Retry-After`.',
);
