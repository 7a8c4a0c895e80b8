import { SafeHttpError } from './safe-http-error.js';

/** Header names in lower case, each with its one value. */
export type HeaderMap = Map<string, string>;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Tab and printable latin-1 (RFC 9110 §5.5 field-value); CR, LF and NUL would end or split the header. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What frames the message or steers the connection belongs to the client. */
const RESERVED = /^(host|content-length|transfer-encoding|connection|upgrade|te|trailer|keep-alive|expect|proxy-.*)$/;
const CREDENTIAL = /auth|cookie|token|secret|passw|credential|session|signature|key/;

/**
 * Checks headers that a user wrote; callers do so when they are saved and again when templates are rendered. A name may
 * appear once, whatever its case. Messages name the header, never its value.
 *
 * @throws SafeHttpError `INVALID_HEADER`
 */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    if (!TOKEN.test(name)) throw invalid(`${JSON.stringify(name)} is not a header name`);
    if (RESERVED.test(key)) throw invalid(`the header "${name}" is set by the client and may not be given`);
    if (seen.has(key)) throw invalid(`the header "${name}" is given twice`);
    if (typeof value !== 'string' || !FIELD_VALUE.test(value)) {
      throw invalid(
        `the value of the header "${name}" has characters that may not be sent (line breaks, NUL, non-latin-1)`,
      );
    }
    seen.add(key);
  }
}

/** The method in capitals. @throws SafeHttpError `INVALID_HEADER` for a method outside the usual seven. */
export function checkMethod(method: string): string {
  const upper = method.toUpperCase();
  if (!METHODS.has(upper)) throw invalid(`the method must be one of ${[...METHODS].join(', ')}`);
  return upper;
}

/** The headers of the first hop: the client's defaults under the user's own. */
export function requestHeaders(given: Readonly<Record<string, string>>, userAgent: string): HeaderMap {
  checkHeaders(given);
  return new Map([
    ['accept', '*/*'],
    ['accept-encoding', 'gzip, deflate, br'],
    ['user-agent', userAgent],
    ...Object.entries(given).map(([name, value]): [string, string] => [name.toLowerCase(), value]),
  ]);
}

/** Whether a header (its name in lower case) may identify its sender, and so must neither travel to another origin nor be shown. */
export function isCredential(name: string): boolean {
  return name !== 'idempotency-key' && CREDENTIAL.test(name);
}

/** Response headers with repeated fields joined by `, ` (RFC 9110 §5.3). */
export function responseHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function invalid(reason: string): SafeHttpError {
  return new SafeHttpError('INVALID_HEADER', `The request cannot be sent: ${reason}.`);
}
