import { defineError } from '../../platform/errors/index.js';

/** Why a run ended without completing, as stored and shown. */
export interface RunError {
  /** `STEP_ERROR`, `TIMEOUT`, `CANCELLED`, `WORKER_CRASHED`, `OUTPUT_INVALID` or `INTERNAL`. */
  code: string;
  message: string;
  /** The step that failed. */
  step?: string;
}

export const idempotencyMismatch = defineError(
  'IDEMPOTENCY_MISMATCH',
  'mismatch',
  'The idempotency key was used within 24 hours for a different request. Use a new key, or send the same request.',
);
export const concurrencyConflict = defineError(
  'CONCURRENCY_CONFLICT',
  'conflict',
  'Another run with the same `concurrencyKey` is unfinished, and the `concurrencyMode` is `reject`. Wait for it to end, or cancel it.',
);
export const organizationBacklogFull = defineError(
  'BACKLOG_FULL',
  'rate_limited',
  'The organization has as many unfinished runs as it may have. Try again after `Retry-After`.',
);
export const serverBacklogFull = defineError(
  'SERVER_BACKLOG_FULL',
  'unavailable',
  'The server has as many unfinished runs as it may have. Try again after `Retry-After`.',
);

export const tooManyStreams = defineError(
  'TOO_MANY_STREAMS',
  'rate_limited',
  'The API key has as many event streams open as it may have. Close one, or poll the run.',
);

/** Coarse classes of run errors (contracts/decisions §8), for programs. */
export const ERROR_CODES = [
  'AGENT_ERROR',
  'STEP_ERROR',
  'INPUT_INVALID',
  'TIMEOUT',
  'CANCELLED',
  'BUDGET_EXCEEDED',
  'CONNECTION_ERROR',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The class of a run's error, or null for a run without one. */
export function errorCodeOf(error: RunError | null): ErrorCode | null {
  if (!error) return null;
  const known = ERROR_CODES.find((code) => code === error.code);
  if (known) return known;
  return error.code === 'OUTPUT_INVALID' ? 'STEP_ERROR' : 'INTERNAL';
}

/** The codes of stored errors that are of a class: these, or with `others` all but these. */
export function storedCodesOf(errorCode: ErrorCode): { codes: string[]; others: boolean } {
  if (errorCode === 'STEP_ERROR') return { codes: ['STEP_ERROR', 'OUTPUT_INVALID'], others: false };
  if (errorCode !== 'INTERNAL') return { codes: [errorCode], others: false };
  return { codes: [...ERROR_CODES.filter((code) => code !== 'INTERNAL'), 'OUTPUT_INVALID'], others: true };
}
