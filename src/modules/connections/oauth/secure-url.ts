import { lookup } from 'node:dns/promises';
import { isPublicAddress } from '#libs/safe-http';
import { invalid } from '../connection.errors.js';

/**
 * Endpoints that carry secrets are reached over TLS. Inside a private network plain http will do: whether it may be reached at all is decided
 * by OUTBOUND_ALLOW, at each connection.
 * @throws DomainError VALIDATION_ERROR
 */
export async function assertSecureUrl(text: string, member: string): Promise<void> {
  const url = new URL(text);
  if (url.hash !== '') throw invalid('must have no fragment', member);
  if (url.username !== '' || url.password !== '') throw invalid('must not hold a user name or password', member);
  if (url.protocol === 'https:') return;
  const addresses = await lookup(url.hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  if (addresses.length > 0 && addresses.every(({ address }) => !isPublicAddress(address))) return;
  throw invalid('must be https; plain http is only for private addresses', member);
}
