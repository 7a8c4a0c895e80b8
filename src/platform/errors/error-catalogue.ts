import { DomainError, type ErrorExtras, type ErrorKind } from './domain-error.js';

/** One row of `docs/errors.md`. */
export interface ErrorEntry {
  code: string;
  kind: ErrorKind;
  /** When this error is answered and what the caller can do. */
  meaning: string;
}

const entries = new Map<string, ErrorEntry>();

/**
 * Declares an error of a module's catalogue and returns its constructor.
 * Two declarations of one code are refused at start, so that a code means one thing everywhere.
 * @example export const workflowNotFound = defineError('NOT_FOUND', 'not_found', 'The id does not exist …');
 */
export function defineError(
  code: string,
  kind: ErrorKind,
  meaning: string,
): (message: string, extras?: ErrorExtras) => DomainError {
  if (entries.has(code)) throw new Error(`error code ${code} is declared twice`);
  entries.set(code, { code, kind, meaning });
  return (message, extras) => new DomainError(kind, code, message, extras);
}

/** Every declared error, by code. */
export const errorCatalogue = (): ErrorEntry[] => [...entries.values()].sort((a, b) => a.code.localeCompare(b.code));
