import { validationError } from '../../platform/errors/index.js';

/** Keys that the server makes for the events of webhooks and the times of schedules. */
const RESERVED = /^(?:webhook|schedule):/;

/** The idempotency key of a request, from its body or its header; null without one. */
export function toIdempotencyKey(body: string | undefined, header: string | string[] | undefined): string | null {
  if (body !== undefined && RESERVED.test(body)) throw wrong('idempotencyKey', IS_RESERVED);
  if (header === undefined || header === '') return body ?? null;
  if (typeof header !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(header))
    throw wrong('Idempotency-Key', 'must be 1 to 255 printable ASCII characters');
  if (RESERVED.test(header)) throw wrong('Idempotency-Key', IS_RESERVED);
  if (body !== undefined && body !== header)
    throw wrong('Idempotency-Key', 'differs from the idempotencyKey of the body; send one of them');
  return header;
}

const IS_RESERVED = 'must not begin with webhook: or schedule:, which the server uses itself';

const wrong = (field: string, message: string) =>
  validationError('Request validation failed', { details: [{ path: [field], message }] });
