import { defineError, DomainError, notFound, validationError } from '../../platform/errors/index.js';
import { rateLimited } from '../auth/index.js';

/** The contract's own word for a 404 of the graph dialect. */
const dialectNotFound = defineError(
  'WORKFLOW_NOT_FOUND',
  'not_found',
  'In the graph dialect and at webhooks: there is no such workflow or webhook.',
);

/** At the webhook's address. */
export const unknownWebhook = (): DomainError => dialectNotFound('Webhook not found');
/** One answer for every reason, so that it tells nothing about the secret. */
export const unauthorized = (): DomainError => new DomainError('unauthenticated', 'UNAUTHORIZED', 'Unauthorized');
export const tooManyBadSecrets = (retryAfter: number): DomainError =>
  rateLimited('Too many invalid secrets from this address.', { retryAfter });

/** The caller is believed and comes at the wrong time. One answer for every reason; the delivery tells which. */
export class InactiveWebhook extends DomainError {
  constructor(readonly reason: 'NOT_ACTIVE' | 'DISABLED') {
    super('forbidden', 'FORBIDDEN', 'Webhook is not active');
  }
}

/** In the native API. */
export const webhookNotFound = (): DomainError => notFound('Webhook not found');
export const deliveryNotFound = (): DomainError => notFound('Delivery not found');
export const invalid = (message: string, ...path: string[]): DomainError =>
  validationError('Request validation failed', { details: [{ path, message }] });
