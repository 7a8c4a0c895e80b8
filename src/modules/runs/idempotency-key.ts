import { validationError } from '../../platform/errors/index.js';

/** The idempotency key of a request, from its body or its header; null without one. */
export function toIdempotencyKey(body: string | undefined, header: string | string[] | undefined): string | null {
  const wrong = (message: string) =>
    validationError('Request validation failed', { details: [{ path: ['Idempotency-Key'], message }] });
  if (header === undefined || header === '') return body ?? null;
  if (typeof header !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(header))
    throw wrong('must be 1 to 255 printable ASCII characters');
  if (body !== undefined && body !== header)
    throw wrong('differs from the idempotencyKey of the body; send one of them');
  return header;
}
