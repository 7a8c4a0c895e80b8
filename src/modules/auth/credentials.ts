import type { IncomingHttpHeaders } from 'node:http';
import { validationError } from '../../platform/errors/index.js';

interface WithHeaders {
  headers: IncomingHttpHeaders;
}

/** What stands behind `Authorization: Bearer`, perhaps nothing; undefined without that header or with another scheme. */
export function bearerCredential({ headers }: WithHeaders): string | undefined {
  const match = /^bearer(?: +(.*))?$/i.exec(headers.authorization ?? '');
  return match ? (match[1] ?? '') : undefined;
}

/** The `x-api-key` header; repeated ones come as one text that is no key. */
export function headerCredential({ headers }: WithHeaders): string | undefined {
  const value = headers['x-api-key'];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Both headers with one key are one credential; with two keys nobody can say who is calling. */
export function refuseTwoCredentials(request: WithHeaders): void {
  const [bearer, header] = [bearerCredential(request), headerCredential(request)];
  if (bearer === undefined || header === undefined || bearer === header) return;
  throw validationError('Authorization and x-api-key carry different API keys. Send one of them.');
}
