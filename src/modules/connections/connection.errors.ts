import { defineError, notFound, validationError } from '../../platform/errors/index.js';

/** Also the answer for a connection of another organization. */
export const connectionNotFound = () => notFound('Connection not found');

export const connectionExists = defineError(
  'CONNECTION_EXISTS',
  'conflict',
  'The organization has a connection of this provider with this name already. Choose another name, or change that one.',
);

export const connectionRequired = defineError(
  'CONNECTION_REQUIRED',
  'invalid',
  'The workflow needs a connection that is missing, not active, or one of several: the message names it. Create or repair it, or choose one with `connectionId`.',
);

export const oauthAppNotFound = () => notFound('OAuth app not found');

export const oauthAppMissing = defineError(
  'OAUTH_APP_MISSING',
  'invalid',
  'The organization has no OAuth app of this name for this provider. Configure it at `PUT /api/v1/oauth-apps/{name}` first.',
);

/** A request that is wrong in one place. */
export const invalid = (message: string, ...path: (string | number)[]) =>
  validationError('Request validation failed', { details: [{ path, message }] });
