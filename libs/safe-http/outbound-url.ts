import { isIP } from 'node:net';

import type { AddressPolicy } from './address-policy.js';
import { blockedAddress, SafeHttpError } from './safe-http-error.js';

/**
 * The URL as it will be requested, without its fragment. The WHATWG parser turns every spelling of an IPv4 address
 * (`127.1`, `0x7f000001`, circled digits …) into four decimal parts, so the check of a literal address sees what the
 * socket would; names are checked when they are resolved.
 *
 * @throws SafeHttpError `INVALID_URL` or `BLOCKED_ADDRESS`
 */
export function checkOutboundUrl(input: string | URL, permits: AddressPolicy): URL {
  if (!URL.canParse(String(input))) throw new SafeHttpError('INVALID_URL', 'The URL cannot be parsed.');
  const url = new URL(input);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new SafeHttpError('INVALID_URL', 'The URL must start with http: or https:.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new SafeHttpError('INVALID_URL', 'The URL may not carry a user name or password; send a header instead.');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !permits(host, portOf(url))) throw blockedAddress();
  url.hash = '';
  return url;
}

/** The port a URL connects to. */
export function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80));
}
