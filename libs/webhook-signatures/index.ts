/**
 * Inbound webhooks: is a request from who it should be from? Words: a *scheme* is a way to prove that; a *signature* is an HMAC over the raw
 * body, with a *timestamp* in some schemes; `bearer` sends the secret itself.
 */
export { isSecretName } from './secret-names.js';
export { standardKeyOf } from './standard-key.js';
export * from './verification.js';
export { verifyWebhook } from './verify.js';
