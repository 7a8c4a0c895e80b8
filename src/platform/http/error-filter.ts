import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { type DomainError, methodNotAllowed, notFound } from '../errors/index.js';
import { allowedMethods, pathOf } from './allowed-methods.js';
import type { EdgeRequest } from './edge-request.js';
import { type ErrorAnswer, toErrorAnswer } from './error-answer.js';
import { toErrorEnvelope, toProblem } from './error-bodies.js';
import type { ErrorDialect } from './error-dialect.js';
import { responseStyle } from './response-style.js';
import { sendJson } from './send-json.js';

/**
 * Answers every error of the server: the native API in the style of the credential header, a dialect in its own shape.
 * What is our fault is logged here, once, under the request's id; nothing of it is told.
 */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(private readonly dialects: readonly ErrorDialect[] = []) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<EdgeRequest>();
    const response = http.getResponse<Response>();
    const answer = toErrorAnswer(isUnknownRoute(thrown) ? unknownRoute(request) : thrown);
    this.log(answer, thrown, request);
    if (response.headersSent) {
      // A part of the answer is out: only a broken connection still tells the client that it is not whole.
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
    this.send(request, response, answer);
  }

  private send(request: EdgeRequest, response: Response, answer: ErrorAnswer): void {
    const path = pathOf(request);
    const dialect = this.dialects.find((candidate) => candidate.owns(path));
    if (dialect) sendJson(response, answer.status, dialect.body(answer, request.requestId));
    else if (responseStyle(request) === 'x-api-key') sendJson(response, answer.status, toErrorEnvelope(answer));
    else sendJson(response, answer.status, toProblem(answer, path, request.requestId), 'application/problem+json');
  }

  private log({ fault }: ErrorAnswer, thrown: unknown, { requestId, method }: EdgeRequest): void {
    if (fault === 'bug') this.logger.error('request failed', { requestId, method }, thrown);
    else if (fault === 'outage') this.logger.warn('database out of reach', { requestId, method }, thrown);
  }
}

/** Only the router throws a 404 HttpException: our own code throws domain errors. */
const isUnknownRoute = (thrown: unknown): boolean => thrown instanceof HttpException && thrown.getStatus() === 404;

function unknownRoute(request: EdgeRequest): DomainError {
  const path = pathOf(request);
  const methods = allowedMethods(request);
  if (methods.length === 0) return notFound(`No such route: ${request.method} ${path}`);
  const Allow = methods.join(', ');
  return methodNotAllowed(`${path} does not take ${request.method}; it takes ${Allow}`, { headers: { Allow } });
}
