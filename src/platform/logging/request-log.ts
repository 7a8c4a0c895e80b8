import type { Request, Response } from 'express';
import type { JsonLogger } from './json-logger.js';

/** What a request turned out to be about; written with its line. */
export interface RequestFields {
  organizationId?: string;
  keyId?: string;
  runId?: string;
}

interface LoggedRequest extends Request {
  requestId?: string;
  logFields?: RequestFields;
}

/** Adds to the request's own log line, as soon as it is known. */
export function addLogFields(request: object, fields: RequestFields): void {
  const logged = request as LoggedRequest;
  logged.logFields = logged.logFields ? Object.assign(logged.logFields, fields) : fields;
}

/**
 * One line a request at level info, when its answer has ended or its client has left (`aborted`). The path comes without its
 * query, which may hold secrets. Does nothing when info is not written.
 */
export function logRequest(logger: JsonLogger, request: LoggedRequest, response: Response): void {
  if (!logger.isEnabled('info')) return;
  const started = performance.now();
  response.once('close', () => {
    const aborted = !response.writableFinished;
    logger.entry('info', { ...fieldsOf(request, response, started), ...(aborted && { aborted }) }, 'request');
  });
}

const fieldsOf = (request: LoggedRequest, response: Response, started: number) => ({
  method: request.method,
  path: request.originalUrl.split('?', 1)[0],
  status: response.statusCode,
  ms: Math.round((performance.now() - started) * 10) / 10,
  requestId: request.requestId,
  ...request.logFields,
});
