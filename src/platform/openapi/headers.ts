import type { Schema } from './description.js';

const header = (description: string, type: 'integer' | 'string', example: unknown): Schema => ({
  description,
  schema: { type, examples: [example] },
});

/** Headers of answers, by name. */
export const HEADERS: Record<string, Schema> = {
  'x-request-id': header(
    'The id of the request: as sent in the header of this name, or made by the server.',
    'string',
    'req-7f3a',
  ),
  'Retry-After': header('Whole seconds to wait before the next try.', 'integer', 12),
  'WWW-Authenticate': header('The scheme of the credential.', 'string', 'Bearer'),
  'X-RateLimit-Limit': header('Requests allowed in any 60 seconds.', 'integer', 500),
  'X-RateLimit-Remaining': header('Requests left now.', 'integer', 499),
  'X-RateLimit-Reset': header('Seconds until the window has one more place.', 'integer', 12),
  'RateLimit-Policy': header('The limit, as an IETF structured field.', 'string', '"execute";q=500;w=60'),
  RateLimit: header('What is left of it, as an IETF structured field.', 'string', '"execute";r=499;t=12'),
};
