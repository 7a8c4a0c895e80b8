import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import type { EdgeRequest } from './edge-request.js';

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** Tells this process from its neighbours and its earlier lives; a counter does the rest, at a twentieth of the cost of a UUID. */
const PROCESS = randomBytes(9).toString('base64url');
let count = 0;

/**
 * Names the request by its `x-request-id` header, or a new id where that is absent or could not stand in a log or a header.
 * It is kept on the request: an AsyncLocalStorage would cost each awaited step of each request for the few lines that use it.
 */
export function identifyRequest(request: Request, response: Response): void {
  const sent = request.headers['x-request-id'];
  const id = typeof sent === 'string' && ACCEPTED.test(sent) ? sent : `${PROCESS}.${(++count).toString(36)}`;
  (request as EdgeRequest).requestId = id;
  response.setHeader('x-request-id', id);
}
