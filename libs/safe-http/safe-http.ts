import type { Agent, Dispatcher } from 'undici';

import { type AddressPolicy, type AddressPolicyOptions, createAddressPolicy } from './address-policy.js';
import { withDeadline } from './deadline.js';
import { checkMethod, requestHeaders, responseHeaders } from './headers.js';
import { checkOutboundUrl, portOf } from './outbound-url.js';
import { type ConnectRules, type Lookup, pinnedConnector, resolveBySystem } from './pinned-connector.js';
import { type Hop, nextHop } from './redirect.js';
import { type BodyLimit, readBody } from './response-body.js';
import { clientClosed, exchangeError, SafeHttpError } from './safe-http-error.js';

/** Settings of a client; all of them the operator's, none the user's. */
export interface SafeHttpOptions extends AddressPolicyOptions {
  /** Limit for name resolution, TCP and TLS of one connection. Default 5000. */
  connectTimeoutMs?: number;
  /** Redirects followed when a request does not say. Default 3. */
  maxRedirects?: number;
  /** `User-Agent` when a request gives none. Default `Runhook`. */
  userAgent?: string;
  /** Name resolution, for tests. Called once a connection; every address it returns is checked. Default: the system's. */
  lookup?: Lookup;
}

/** One request to a URL that a user wrote. */
export interface SafeHttpRequest {
  /** GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, in any case. */
  method: string;
  url: string;
  /** See `checkHeaders` for what is refused. Default: none. */
  headers?: Readonly<Record<string, string>>;
  /** Names of `headers` that are credentials although they are not called so: they do not follow a redirect to another origin. */
  credentialHeaders?: readonly string[];
  body?: string | Uint8Array | undefined;
  /** Ends the request, its redirects and its connection. */
  signal?: AbortSignal | undefined;
  /** From the call to the last byte of the answer, redirects included. Default 30 000. */
  timeoutMs?: number;
  /** After decompression. Default 5 MiB. */
  maxResponseBytes?: number;
  /** A longer body is an error (default), or is cut and marked `truncated`. */
  overflow?: BodyLimit['overflow'];
  /** Overrides the client's. With 0 a redirect is an answer like any other. */
  maxRedirects?: number;
}

/** The answer of the last hop; any status is an answer. */
export interface SafeHttpResponse {
  status: number;
  /** Names in lower case, repeated fields joined by `, `; without `content-encoding` and `content-length`, which described
   * the body on the wire. */
  headers: Record<string, string>;
  /** Decompressed. */
  body: Buffer;
  truncated: boolean;
  /** The URL that answered. */
  url: string;
}

/** The one client for URLs that users write. */
export interface SafeHttp {
  /** @throws SafeHttpError, nothing else */
  request(request: SafeHttpRequest): Promise<SafeHttpResponse>;
  /**
   * Checks what can be checked when a URL is saved: its form, and its address and port if it names an address. A host
   * name is checked at each connection.
   *
   * @throws SafeHttpError `INVALID_URL` or `BLOCKED_ADDRESS`
   */
  checkUrl(url: string): void;
  /** Closes every connection; requests under way and later ones end with `ABORTED`. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_RESPONSE_BYTES = 5 * 1024 * 1024;

/**
 * Creates a client with its own pool of connections. Environment variables for proxies are not read. undici is loaded
 * with the first request, so that a server that sends none does without its 20 MB.
 *
 * @throws RangeError when `allow` holds something that is no network.
 * @example
 * const http = createSafeHttp({ allow: ['10.1.0.0/16'] });
 * const { status, body } = await http.request({ method: 'GET', url: 'https://api.example.com/v1/items' });
 */
export function createSafeHttp(options: SafeHttpOptions = {}): SafeHttp {
  const permits = createAddressPolicy(options);
  const { connectTimeoutMs = 5000, lookup = resolveBySystem, maxRedirects = 3, userAgent = 'Runhook' } = options;
  let agent: Promise<Agent> | undefined;
  let closed = false;

  return {
    request: async (request) => {
      if (closed) throw clientClosed();
      const first: Hop = {
        method: checkMethod(request.method),
        url: checkOutboundUrl(request.url, permits),
        headers: requestHeaders(request.headers ?? {}, userAgent),
        credentials: new Set(request.credentialHeaders?.map((name) => name.toLowerCase())),
        body: request.body,
      };
      agent ??= openAgent({ permits, connectTimeoutMs, lookup });
      const dispatcher = await agent;
      return withDeadline(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, request.signal, (signal) =>
        follow(dispatcher, permits, first, { maxRedirects, ...request, signal }).catch((error: unknown) => {
          throw signal.aborted ? signal.reason : exchangeError(error);
        }),
      );
    },
    checkUrl: (url) => void checkOutboundUrl(url, permits),
    close: async () => {
      closed = true;
      await (await agent)?.destroy();
    },
  };
}

/** Sends hops until one is answered by something other than a redirect; each URL is checked like the first. */
async function follow(
  agent: Agent,
  permits: AddressPolicy,
  first: Hop,
  request: SafeHttpRequest & { maxRedirects: number; signal: AbortSignal },
): Promise<SafeHttpResponse> {
  const { maxRedirects, signal } = request;
  let hop = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = await send(agent, hop, signal);
    try {
      const location = maxRedirects === 0 ? undefined : responseHeaders(response.headers)['location'];
      const next = nextHop(hop, response.statusCode, location);
      if (next === undefined) return await readResponse(hop, response, request);
      if (redirects === maxRedirects) throw tooManyRedirects(maxRedirects);
      hop = { ...next, url: checkOutboundUrl(next.url, permits) };
    } finally {
      // Closes the connection unless the answer was read to its end.
      response.body.destroy();
    }
  }
}

function tooManyRedirects(max: number): SafeHttpError {
  return new SafeHttpError('TOO_MANY_REDIRECTS', `The server redirected more than ${max} times (maxRedirects).`);
}

/**
 * One pool an origin, because the connector must know its port. At most 64 connections an origin; an idle one is closed
 * after 4 s, or when the server's own hint says, but never later than 30 s. undici's timers are off: one deadline rules.
 */
async function openAgent(rules: ConnectRules): Promise<Agent> {
  const { Agent, buildConnector, Pool } = await import('undici');
  return new Agent({
    factory: (origin) =>
      new Pool(origin, {
        connect: pinnedConnector(buildConnector, portOf(new URL(origin)), rules),
        connections: 64,
        keepAliveTimeout: 4000,
        keepAliveMaxTimeout: 30_000,
        headersTimeout: 0,
        bodyTimeout: 0,
      }),
  });
}

async function send(
  agent: Agent,
  { url, method, headers, body }: Hop,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const response = await agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers: [...headers].flat(),
    body: body ?? null,
    signal,
    // These schemes log in the connection, not the request: the next user of it would be logged in too.
    reset: /^(ntlm|negotiate)\b/i.test(headers.get('authorization') ?? ''),
  });
  // A body that is dropped unread reports its own end as an error.
  response.body.on('error', () => {});
  return response;
}

async function readResponse(
  hop: Hop,
  response: Dispatcher.ResponseData,
  request: SafeHttpRequest & { signal: AbortSignal },
): Promise<SafeHttpResponse> {
  const {
    'content-encoding': encoding = '',
    'content-length': _length,
    ...headers
  } = responseHeaders(response.headers);
  const { maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES, overflow = 'error', signal } = request;
  const read = await readBody(response.body, encoding, { maxBytes: maxResponseBytes, overflow }, signal);
  return { status: response.statusCode, headers, ...read, url: hop.url.href };
}
