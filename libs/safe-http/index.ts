/**
 * safe-http: the only way from this server to a URL that a user wrote (HTTP blocks, connectors, callbacks).
 * Every connection goes to an address that was checked first; every exchange ends within its deadline and its size;
 * every failure is a SafeHttpError with a code. Words: a *hop* is one request on the wire (a redirect makes another),
 * *allow* is the operator's list of networks that may be reached although they are not public.
 */
export { toFetch } from './fetch.js';
export { checkHeaders, isCredential } from './headers.js';
export { isPublicAddress } from './public-address.js';
export { createSafeHttp } from './safe-http.js';
export { createSafeSockets, type SafeSockets } from './safe-sockets.js';
export type { SafeHttp, SafeHttpOptions, SafeHttpRequest, SafeHttpResponse } from './safe-http.js';
export { SafeHttpError } from './safe-http-error.js';
export type { SafeHttpErrorCode } from './safe-http-error.js';
