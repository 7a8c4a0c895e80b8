/**
 * The states of a connection. Only an active one is used. `pending`: not authorized yet; `error`: its last test failed, or its authorization
 * did; `expired`: its authorization has to be given again; `disconnected`: switched off by its owner.
 */
export const CONNECTION_STATUSES = ['active', 'pending', 'error', 'expired', 'disconnected'] as const;
export type ConnectionStatus = (typeof CONNECTION_STATUSES)[number];

/** Where its credentials come from: its owner has written them, or an OAuth 2 authorization brought them. */
export const AUTH_TYPES = ['credentials', 'oauth2'] as const;
export type AuthType = (typeof AUTH_TYPES)[number];
