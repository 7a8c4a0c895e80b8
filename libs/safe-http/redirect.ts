import { type HeaderMap, isCredential } from './headers.js';
import { SafeHttpError } from './safe-http-error.js';

/** One request on the wire; a redirect makes the next. */
export interface Hop {
  method: string;
  url: URL;
  headers: HeaderMap;
  /** Names of headers, in lower case, that are credentials whatever they are called. */
  credentials?: ReadonlySet<string> | undefined;
  body: string | Uint8Array | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The request a redirect asks for, by the rules of the Fetch standard: 303 (and 301 or 302 after a POST) becomes a GET
 * without body, 307 and 308 repeat the request. Across origins everything that may be a credential is left behind, and
 * stays behind on later hops.
 *
 * @returns undefined when the answer is no redirect. The new URL is unchecked.
 * @throws SafeHttpError `INVALID_URL` when `Location` cannot be parsed.
 */
export function nextHop(hop: Hop, status: number, location: string | undefined): Hop | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  if (!URL.canParse(location, hop.url.href)) {
    throw new SafeHttpError('INVALID_URL', 'The server redirected to a URL that cannot be parsed.');
  }
  const url = new URL(location, hop.url);
  const toGet = (status === 303 && hop.method !== 'HEAD') || (status <= 302 && hop.method === 'POST');
  const sameOrigin = url.origin === hop.url.origin;
  const staysBehind = (name: string) => isCredential(name) || hop.credentials?.has(name) === true;
  const kept = [...hop.headers].filter(
    ([name]) => (sameOrigin || !staysBehind(name)) && !(toGet && name.startsWith('content-')),
  );
  return {
    method: toGet ? 'GET' : hop.method,
    url,
    headers: new Map(kept),
    credentials: hop.credentials,
    body: toGet ? undefined : hop.body,
  };
}
