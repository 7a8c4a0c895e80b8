const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const VALUE = /^[\t\x20-\x7e]{0,4000}$/;

/**
 * What belongs to the connection, to the server or to the whole origin (RFC 9110 §7.6.1 among them): a workflow has no say in it. No cookies either: the
 * server's own would be within reach.
 */
const RESERVED =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|date|server|content-length|content-encoding|set-cookie2?|x-request-id|(?:x-)?ratelimit.*|idempotent-replayed|strict-transport-security|content-security-policy.*|cross-origin-.*|permissions-policy|x-frame-options|x-content-type-options|clear-site-data|service-worker-allowed|alt-svc)$/i;

const MOST = 50;

/** The headers that a workflow may give its answer; the others are left out. */
export const allowedHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name, value]) => NAME.test(name) && !RESERVED.test(name) && VALUE.test(value))
      .slice(0, MOST),
  );
