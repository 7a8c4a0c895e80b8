import { SetMetadata } from '@nestjs/common';

/** Everything a key can be allowed to do (contracts/decisions §2). */
export const SCOPES = [
  'workflows:read',
  'workflows:write',
  'workflows:execute',
  'agents:read',
  'agents:write',
  'runs:read',
  'runs:write',
  'connections:read',
  'connections:write',
  'webhooks:read',
  'webhooks:write',
  'keys:read',
  'keys:write',
  'org:admin',
] as const;

export type Scope = (typeof SCOPES)[number];

export const REQUIRED_SCOPES = 'auth:required-scopes';

/** The handler answers keys that have at least one of these scopes; any other key gets 403 `FORBIDDEN` naming them. */
export const RequireScopes = (...anyOf: [Scope, ...Scope[]]) => SetMetadata(REQUIRED_SCOPES, anyOf);
