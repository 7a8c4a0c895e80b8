import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { EdgeRequest } from './edge-request.js';

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Names the request by its `x-request-id` header, or a new id where that is absent or could not stand in a log or a header.
 * It is kept on the request: an AsyncLocalStorage would cost each awaited step of each request for the few lines that use it.
 */
export function identifyRequest(request: Request, response: Response, next: NextFunction): void {
  const sent = request.headers['x-request-id'];
  const id = typeof sent === 'string' && ACCEPTED.test(sent) ? sent : randomUUID();
  (request as EdgeRequest).requestId = id;
  response.setHeader('x-request-id', id);
  next();
}
