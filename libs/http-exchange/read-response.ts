import { TextDecoder } from 'node:util';
import type { BlockOutcome } from '#libs/block-kit';
import { type Json, JsonGuardError, parseGuarded } from '#libs/json-guard';
import { parseRetryAfter } from '#libs/retry';
import { isCredential, type SafeHttpResponse } from '#libs/safe-http';

/** How an answer is taken. */
export interface ReadOptions {
  responseType: 'auto' | 'json' | 'text';
  failOnStatus: boolean;
  now: Date;
}

/** Of answers; a request that came too early or too often, or met a fault of the server, may succeed later. */
const RETRYABLE = new Set([408, 425, 429]);
const JSON_TYPE = /^(?:application|text)\/(?:[\w.+-]+\+)?json(?:$|[\s;])/i;
/** Beside `x-…` and `ratelimit…`: what a workflow may go by. The rest is about the connection, browsers and caches on the way. */
const KEPT_HEADERS = new Set([
  'content-type',
  'content-language',
  'content-disposition',
  'location',
  'link',
  'etag',
  'last-modified',
  'date',
  'expires',
  'retry-after',
  'request-id',
  'idempotent-replayed',
]);

/** What an answer means for the step. */
export function readResponse(response: SafeHttpResponse, options: ReadOptions): BlockOutcome {
  const { status, headers } = response;
  if (options.failOnStatus && !isSuccess(response)) return statusFailure(response, options.now);
  try {
    return {
      kind: 'done',
      output: { status, headers: keptHeaders(headers), body: readBody(response, options.responseType) },
    };
  } catch (error) {
    if (!(error instanceof JsonGuardError)) throw error;
    const message = `The answer cannot be taken as JSON${error.pointer && ` (at ${error.pointer})`}. ${error.message} With responseType "text" it is taken as it is.`;
    return { kind: 'failed', error: { code: 'INVALID_RESPONSE', message }, retryable: false };
  }
}

function statusFailure({ status, headers }: SafeHttpResponse, now: Date): BlockOutcome {
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
  return {
    kind: 'failed',
    error: { code: 'HTTP_STATUS', message: `The server answered ${status}` },
    retryable: RETRYABLE.has(status) || status >= 500,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

export const isSuccess = ({ status }: SafeHttpResponse): boolean => status >= 200 && status <= 299;

/** Headers of an answer that records and outputs hold. */
export const keptHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name)));

const isKept = (name: string): boolean =>
  (KEPT_HEADERS.has(name) || name.startsWith('x-') || name.startsWith('ratelimit')) && !isCredential(name);

function readBody({ headers, body }: SafeHttpResponse, responseType: ReadOptions['responseType']): Json {
  const type = headers['content-type'] ?? '';
  const isJson = responseType === 'json' || (responseType === 'auto' && JSON_TYPE.test(type));
  if (!isJson) return decoderFor(type).decode(body);
  // The body's size has been limited, and it may have more keys than a request.
  const limits = { keys: Number.POSITIVE_INFINITY, size: Number.POSITIVE_INFINITY };
  return body.length === 0 ? null : parseGuarded(new TextDecoder().decode(body), limits);
}

/** A decoder for the charset that the answer names, or for UTF-8 where it names none that is known. */
function decoderFor(contentType: string): TextDecoder {
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
