/**
 * Errors are part of the API. Use cases throw a {@link DomainError} from their module's catalogue; the HTTP filters and the
 * worker translate it, exhaustively, by kind.
 */
export * from './domain-error.js';
export * from './error-catalogue.js';
export * from './shared-errors.js';
