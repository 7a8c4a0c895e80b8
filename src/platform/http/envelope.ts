import type { Express, Response } from 'express';
import type { Page } from './page.js';
import { isNativePath, responseStyle } from './response-style.js';
import { sendJson } from './send-json.js';

/** A success body of the `x-api-key` style. A page's cursor moves to `meta`. */
export function toEnvelope(body: unknown): object {
  if (!isPage(body)) return { success: true, data: body };
  const { data, cursor, hasMore } = body;
  return { success: true, data, meta: { cursor, hasMore } };
}

const isPage = (body: unknown): body is Page<unknown> =>
  typeof body === 'object' &&
  body !== null &&
  'hasMore' in body &&
  'cursor' in body &&
  'data' in body &&
  Array.isArray(body.data);

/**
 * Wraps the success answers of the native API in the envelope where the caller's style asks for it.
 *
 * It replaces `response.json` of this application, which is the one way by which Nest sends an object a handler returned. An
 * interceptor would do the same for about ten times the cost (async resources, an observable and two promises a request).
 * Streams, empty answers and errors do not pass here.
 */
export function useEnvelope(app: Express): void {
  app.response.json = json;
}

function json(this: Response, body: unknown): Response {
  const wrapped =
    this.statusCode < 400 && isNativePath(this.req.originalUrl) && responseStyle(this.req) === 'x-api-key';
  const type = this.getHeader('Content-Type');
  sendJson(this, this.statusCode, wrapped ? toEnvelope(body) : body, typeof type === 'string' ? type : undefined);
  return this;
}
