/**
 * Connections: an organization's access to outside systems. Words: a *provider* is a connector that has connections; *credentials* are secret,
 * *settings* are not; an *OAuth app* is the organization's registration as a client of an OAuth 2 server, and an *authorization* what a person
 * gives through it. Steps get credentials from the `ConnectionVault` alone; they stand nowhere else in clear text.
 */
export { ConnectionEntity } from './connection.entity.js';
export { ConnectionsModule } from './connections.module.js';
export { OAuthAppEntity } from './oauth/oauth-app.entity.js';
export { OAuthAuthorizationEntity } from './oauth/oauth-authorization.entity.js';
