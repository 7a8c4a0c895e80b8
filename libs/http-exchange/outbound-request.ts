import type { Json, JsonObject } from '#libs/json-guard';
import { isCredential, SafeHttpError, type SafeHttpRequest } from '#libs/safe-http';
import { toPairs } from './name-value-pairs.js';

/** The configuration with its templates resolved. */
export interface ResolvedRequest {
  method: string;
  url: Json;
  headers: Json;
  params: Json;
  body: Json;
}

/**
 * The request to send.
 * @throws SafeHttpError for values that make none; what the client checks itself is left to it
 */
export function toRequest(
  { method, url, headers, params, body }: ResolvedRequest,
  idempotencyKey: string,
): SafeHttpRequest {
  const content = encodeBody(body);
  return {
    method,
    url: withParams(url, params),
    headers: { ...content.headers, 'idempotency-key': idempotencyKey, ...toHeaders(headers) },
    body: content.body,
  };
}

/**
 * Headers by name, in lower case so that the user's replace ours. Null leaves one out.
 * @throws SafeHttpError INVALID_HEADER
 */
export function toHeaders(value: Json): Record<string, string> {
  const pairs = toPairs(value);
  if (!pairs) throw new SafeHttpError('INVALID_HEADER', 'headers must be an object or a list of {key, value} rows.');
  const headers = new Map<string, string>();
  for (const [name, content] of pairs) {
    if (content === null) continue;
    if (typeof content === 'object') throw new SafeHttpError('INVALID_HEADER', `The header "${name}" must be text.`);
    const key = name.toLowerCase();
    if (headers.has(key)) throw new SafeHttpError('INVALID_HEADER', `The header "${name}" is given twice.`);
    headers.set(key, String(content));
  }
  return Object.fromEntries(headers);
}

function withParams(url: Json, params: Json): string {
  if (typeof url !== 'string' || !URL.canParse(url))
    throw new SafeHttpError('INVALID_URL', 'The URL cannot be parsed.');
  const pairs = toPairs(params);
  if (!pairs) throw new SafeHttpError('INVALID_URL', 'params must be an object or a list of {key, value} rows.');
  const query = new URLSearchParams();
  for (const [name, value] of pairs) for (const text of valuesOf(value)) query.append(name, text);
  if (query.size === 0) return url;
  const target = new URL(url);
  target.search += `${target.search === '' ? '?' : '&'}${query.toString()}`;
  return target.href;
}

function valuesOf(value: Json): string[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap(valuesOf);
  return [typeof value === 'string' ? value : JSON.stringify(value)];
}

function encodeBody(body: Json): { headers?: Record<string, string>; body?: string } {
  if (body === null || body === '') return {};
  if (typeof body === 'string') return { headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const MASK = '***';

/** The request as records show it: no value that may be a credential. */
export function masked({ method, url, headers, params, body }: ResolvedRequest): Json {
  const shown: JsonObject = { method, url: typeof url === 'string' ? maskUrl(url) : url };
  if (headers !== null) shown['headers'] = maskPairs(headers);
  if (params !== null) shown['params'] = maskPairs(params);
  if (body !== null) shown['body'] = body;
  return shown;
}

/** By name; several values of one name are a list. */
function maskPairs(value: Json): Json {
  const shown = new Map<string, Json>();
  for (const [name, content] of toPairs(value) ?? []) {
    const known = shown.get(name);
    const next = isCredential(name.toLowerCase()) ? MASK : content;
    shown.set(name, known === undefined ? next : [known, next].flat());
  }
  return Object.fromEntries(shown);
}

/** An address without what identifies its sender: user information, and parameters by name. */
export const maskUrl = (url: string): string =>
  url
    .replace(/\/\/[^/?#]*@/, `//${MASK}@`)
    .replace(/([?&])([^?&=#]+)=[^&#]*/g, (pair, mark: string, name: string) =>
      isCredential(name.toLowerCase()) ? `${mark}${name}=${MASK}` : pair,
    );
