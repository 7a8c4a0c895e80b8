import { defineError, type DomainError, type Issue, validationError } from '../../platform/errors/index.js';

const unauthorized = defineError(
  'UNAUTHORIZED',
  'unauthenticated',
  'No API key was sent, or it is unknown, mistyped, revoked or expired. The answer does not tell which.',
);

/** One answer for every reason, so that it tells nothing about which keys exist. */
export const invalidApiKey = () =>
  unauthorized('Invalid or missing API key', { headers: { 'WWW-Authenticate': 'Bearer' } });

export const forbidden = defineError(
  'FORBIDDEN',
  'forbidden',
  'The API key lacks the scope that the message names, or may not grant what was asked for.',
);
export const planRequired = defineError('PLAN_REQUIRED', 'forbidden', "The organization's plan does not include this.");
export const keyLimitReached = defineError(
  'KEY_LIMIT_REACHED',
  'invalid',
  'The user already has 10 active API keys. Revoke one first.',
);
export const rateLimited = defineError(
  'RATE_LIMITED',
  'rate_limited',
  'More requests in the last minute than the limit allows. Try again after `Retry-After` seconds.',
);

/** What is wrong with the body that asks for a new key. */
export const invalidKey = (details: Issue[]): DomainError => validationError('Request validation failed', { details });
