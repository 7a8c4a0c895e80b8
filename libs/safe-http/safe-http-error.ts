/**
 * What went wrong with an outbound request.
 *
 * - `INVALID_URL`: not an http(s) URL without credentials.
 * - `INVALID_HEADER`: a method, header name or header value that may not be sent.
 * - `BLOCKED_ADDRESS`: the host's address or port is not one that outbound requests may reach.
 * - `DNS_FAILED`: the host name has no address.
 * - `CONNECT_FAILED`: no TCP or TLS connection; nothing was sent.
 * - `TIMEOUT`: the deadline for the whole exchange passed; the server may have acted.
 * - `RESPONSE_TOO_LARGE`: the body, decompressed, is over the limit.
 * - `TOO_MANY_REDIRECTS`: more hops than allowed.
 * - `PROTOCOL_ERROR`: the answer broke off, is no HTTP, or cannot be decoded.
 * - `ABORTED`: the caller's signal fired, or the client was closed.
 */
export type SafeHttpErrorCode =
  | 'INVALID_URL'
  | 'INVALID_HEADER'
  | 'BLOCKED_ADDRESS'
  | 'DNS_FAILED'
  | 'CONNECT_FAILED'
  | 'TIMEOUT'
  | 'RESPONSE_TOO_LARGE'
  | 'TOO_MANY_REDIRECTS'
  | 'PROTOCOL_ERROR'
  | 'ABORTED';

const RETRYABLE: Record<SafeHttpErrorCode, boolean> = {
  INVALID_URL: false,
  INVALID_HEADER: false,
  BLOCKED_ADDRESS: false,
  DNS_FAILED: true,
  CONNECT_FAILED: true,
  TIMEOUT: true,
  RESPONSE_TOO_LARGE: false,
  TOO_MANY_REDIRECTS: false,
  PROTOCOL_ERROR: true,
  ABORTED: false,
};

/**
 * The only error an outbound request ends with. `message` is fit for the user who wrote the URL; `cause` is for the
 * server's log only, because it may name addresses. `retryable` says that the same request may succeed later, not that
 * repeating it is free of effects.
 */
export class SafeHttpError extends Error {
  override readonly name = 'SafeHttpError';
  readonly retryable: boolean;

  constructor(
    readonly code: SafeHttpErrorCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.retryable = options.retryable ?? RETRYABLE[code];
  }
}

/** One message for every refused address and port: what is behind it, or whether anything is, must not show. */
export function blockedAddress(): SafeHttpError {
  return new SafeHttpError(
    'BLOCKED_ADDRESS',
    'Outbound requests may not reach this address and port: only public addresses on the permitted ports are allowed. ' +
      "The server's operator can change this (allowed networks and ports for outbound requests).",
  );
}

/** A failure before the connection stood; nothing of the request was sent. */
export function connectError(error: Error, timeoutMs: number): SafeHttpError {
  if (error instanceof SafeHttpError) return error;
  const code = codeOf(error);
  const reason =
    code === 'UND_ERR_CONNECT_TIMEOUT' ? `no answer within ${timeoutMs} ms (connectTimeoutMs)` : code || 'TLS failed';
  return new SafeHttpError('CONNECT_FAILED', `Could not connect to the server: ${reason}.`, { cause: error });
}

/** A failure while the request was sent or its answer read. */
export function exchangeError(error: unknown): SafeHttpError {
  if (error instanceof SafeHttpError) return error;
  const code = codeOf(error);
  const permanent = { retryable: false, cause: error };
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return clientClosed();
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new SafeHttpError('PROTOCOL_ERROR', "The server's response headers are over 16 KiB.", permanent);
  }
  if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_FORMAT')) {
    return new SafeHttpError('PROTOCOL_ERROR', 'The compressed response body is damaged.', permanent);
  }
  const what = code.startsWith('HPE_')
    ? 'The answer is not valid HTTP'
    : 'The connection broke before the answer ended';
  return new SafeHttpError('PROTOCOL_ERROR', `${what}${code === '' ? '' : ` (${code})`}.`, { cause: error });
}

/** The client was closed while, or before, the request ran. */
export function clientClosed(): SafeHttpError {
  return new SafeHttpError('ABORTED', 'The HTTP client was closed: the server is shutting down.');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
