import { type ErrorDialect, toErrorEnvelope, toProblem } from '../http/index.js';
import { type Description, type Operation, operationsOf, type ResponseDescription, schemaRef } from './description.js';
import { ERROR_ENVELOPE, PROBLEM } from './error-schemas.js';
import { headerRef } from './success-answers.js';

interface ErrorExample {
  description: string;
  code: string;
  message: string;
  details?: { path: string[]; message: string }[];
  headers?: string[];
}

/** The error answers by status, with the examples of contract 001 where it has one. */
const ERRORS: Readonly<Record<number, ErrorExample>> = {
  400: {
    description: 'The request or the input is not valid, or the resource is in a status that does not allow this.',
    code: 'VALIDATION_ERROR',
    message: 'Input validation failed',
    details: [{ path: ['customerId'], message: 'Required' }],
  },
  401: {
    description: 'No valid API key.',
    code: 'UNAUTHORIZED',
    message: 'Invalid or missing API key',
    headers: ['WWW-Authenticate'],
  },
  403: {
    description: 'The API key may not do this; the message names the scope it lacks.',
    code: 'FORBIDDEN',
    message: 'The API key lacks the scope workflows:execute',
  },
  404: {
    description: 'No such resource in the organization of the API key.',
    code: 'NOT_FOUND',
    message: 'Workflow not found',
  },
  409: {
    description: 'Something else is already so; do not repeat.',
    code: 'CONFLICT',
    message: 'The run is being retried already',
  },
  413: {
    description: 'The body is too large.',
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The request body is larger than 1048576 bytes',
  },
  415: {
    description: 'The body is not JSON.',
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'Unsupported media type "text/plain": send application/json',
  },
  422: {
    description: 'The idempotency key was used for another request.',
    code: 'IDEMPOTENCY_MISMATCH',
    message: 'The idempotency key was used with a different input',
  },
  429: {
    description: 'Too many requests, or too many unfinished runs. Try again after `Retry-After`.',
    code: 'RATE_LIMITED',
    message: 'Rate limit exceeded. Limit: 500 requests per minute.',
    headers: [
      'Retry-After',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      'RateLimit-Policy',
      'RateLimit',
    ],
  },
  500: {
    description: 'The server failed. Its log has the cause under the request id.',
    code: 'INTERNAL',
    message: 'Internal server error',
  },
  503: {
    description: 'The server cannot answer just now. Try again after `Retry-After`.',
    code: 'UNAVAILABLE',
    message: 'The server cannot answer just now. Try again in a moment.',
    headers: ['Retry-After'],
  },
};

/** Adds the error answers that follow from each operation's shape, those it names itself, and their schemas. */
export function describeErrors(description: Description, dialects: readonly ErrorDialect[]): void {
  const { schemas, responses } = description.components;
  schemas['Problem'] = PROBLEM;
  schemas['ErrorEnvelope'] = ERROR_ENVELOPE;
  for (const { schemaName, schema } of dialects) schemas[schemaName] = schema;
  for (const { path, operation } of operationsOf(description)) {
    const dialect = dialects.find((candidate) => candidate.owns(path));
    for (const status of statusesOf(operation)) {
      const name = `${dialect?.schemaName ?? ''}Error${status}`;
      responses[name] ??= errorResponse(status, dialect);
      operation.responses[status] ??= { $ref: `#/components/responses/${name}` };
    }
    delete operation['x-errors'];
  }
}

function statusesOf(operation: Operation): number[] {
  const { parameters = [], requestBody } = operation;
  const statuses = new Set([...(operation['x-errors'] ?? []), 500, 503]);
  const isIn = (place: string) => parameters.some((parameter) => parameter.in === place);
  if (requestBody || isIn('query')) statuses.add(400);
  if (requestBody) for (const status of [413, 415]) statuses.add(status);
  if (isIn('path')) statuses.add(404);
  if (operation['x-public'] !== true) for (const status of [401, 403, 429]) statuses.add(status);
  return [...statuses].sort((a, b) => a - b);
}

function errorResponse(status: number, dialect: ErrorDialect | undefined): ResponseDescription {
  const example = ERRORS[status];
  if (!example) throw new Error(`no description of error status ${status}`);
  const headers = ['x-request-id', ...(example.headers ?? [])];
  return {
    description: example.description,
    headers: Object.fromEntries(headers.map((name) => [name, headerRef(name)])),
    content: dialect
      ? { 'application/json': { schema: schemaRef(dialect.schemaName) } }
      : nativeContent(status, example),
  };
}

const nativeContent = (
  status: number,
  { code, message, details }: ErrorExample,
): NonNullable<ResponseDescription['content']> => ({
  'application/problem+json': {
    schema: schemaRef('Problem'),
    example: toProblem(
      { status, code, message, ...(details && { details }), retryable: status === 429 || status === 503, headers: {} },
      '/api/v1/workflows/wf_1/run',
      'req-7f3a',
    ),
  },
  'application/json': {
    schema: schemaRef('ErrorEnvelope'),
    example: toErrorEnvelope({ status, code, message, ...(details && { details }), retryable: false, headers: {} }),
  },
});
