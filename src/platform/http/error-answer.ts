import { HttpException } from '@nestjs/common';
import { isTransient } from '../database/index.js';
import {
  badRequest,
  DomainError,
  type ErrorKind,
  type Issue,
  methodNotAllowed,
  notFound,
  payloadTooLarge,
  unavailable,
  unsupportedMediaType,
} from '../errors/index.js';

/** An error as every style prints it, each in its own shape. */
export interface ErrorAnswer {
  status: number;
  code: string;
  message: string;
  /** What is wrong with the input, and where. */
  details?: readonly Issue[];
  /** Whether the same request may succeed later without a change. */
  retryable: boolean;
  headers: Readonly<Record<string, string>>;
  /** Set where the failure is ours: to be logged, never to be told. */
  fault?: 'bug' | 'outage';
}

const RETRY_AFTER_OUTAGE = 2;

/** Nothing of an unknown failure is told; the log has it under the answer's request id. */
const INTERNAL: ErrorAnswer = {
  status: 500,
  code: 'INTERNAL',
  message: 'Internal server error',
  retryable: false,
  headers: {},
  fault: 'bug',
};

/** What to answer for anything that was thrown. Only a {@link DomainError} speaks for itself. */
export function toErrorAnswer(thrown: unknown): ErrorAnswer {
  if (thrown instanceof DomainError) return answerOf(thrown);
  if (thrown instanceof HttpException && thrown.getStatus() < 500) return answerOf(fromFramework(thrown));
  if (isTransient(thrown) || (thrown instanceof HttpException && thrown.getStatus() === 503)) {
    const error = unavailable('The server cannot answer just now. Try again in a moment.', {
      retryAfter: RETRY_AFTER_OUTAGE,
    });
    return { ...answerOf(error), fault: 'outage' };
  }
  return INTERNAL;
}

function answerOf(error: DomainError): ErrorAnswer {
  const { code, message, details, retryable } = error;
  return {
    status: STATUS_OF[error.kind],
    code,
    message,
    ...(details && { details }),
    retryable,
    headers: headersOf(error),
  };
}

/** The status of each kind of error; exhaustive by its type. */
export const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported: 415,
  mismatch: 422,
  rate_limited: 429,
  unavailable: 503,
};

/** A 409 tells client libraries not to repeat it by themselves; 401 names the scheme (RFC 9110 §11.6.1). */
function headersOf({ kind, retryAfter, headers }: DomainError): Record<string, string> {
  const wait = retryAfter ?? (kind === 'unavailable' ? RETRY_AFTER_OUTAGE : undefined);
  return {
    ...(kind === 'conflict' && { 'x-should-retry': 'false' }),
    ...(kind === 'unauthenticated' && { 'WWW-Authenticate': 'Bearer' }),
    ...(wait !== undefined && { 'Retry-After': String(Math.max(1, Math.ceil(wait))) }),
    ...headers,
  };
}

/** What Nest and Express throw by themselves: unknown routes, undecodable paths. Our own code throws no HttpException. */
function fromFramework(thrown: HttpException): DomainError {
  switch (thrown.getStatus()) {
    case 401:
      return new DomainError('unauthenticated', 'UNAUTHORIZED', 'Invalid or missing API key');
    case 403:
      return new DomainError('forbidden', 'FORBIDDEN', 'Access denied to this resource');
    case 404:
      return notFound(thrown.message);
    case 405:
      return methodNotAllowed(thrown.message);
    case 413:
      return payloadTooLarge(thrown.message);
    case 415:
      return unsupportedMediaType(thrown.message);
    case 429:
      return new DomainError('rate_limited', 'RATE_LIMITED', thrown.message);
    default:
      return badRequest(thrown.message);
  }
}
