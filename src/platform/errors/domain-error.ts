/** What went wrong, as seen by the caller. Each response style maps a kind to its own status and body, exhaustively. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'too_large'
  | 'unsupported'
  | 'mismatch'
  | 'rate_limited'
  | 'unavailable';

/** One thing that is wrong with the input: where (path segments from the body's or value's root) and what to do about it. */
export interface Issue {
  path: (string | number)[];
  message: string;
}

/** What an error may carry besides its code and message. */
export interface ErrorExtras {
  /** What is wrong with the input, at most 20 entries. */
  details?: Issue[];
  /** Whole seconds after which the same request may succeed. */
  retryAfter?: number;
  /** Values for the answer's headers. */
  headers?: Record<string, string>;
  cause?: unknown;
}

/**
 * An expected failure of a use case. Its message is for the caller: it names the field and the fix, and holds no secret, SQL or path.
 * Each module lists its own in `x.errors.ts`; `docs/errors.md` is printed from {@link errorCatalogue}.
 */
export class DomainError extends Error {
  readonly details?: Issue[];
  readonly retryAfter?: number;
  readonly headers?: Record<string, string>;

  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    extras: ErrorExtras = {},
  ) {
    super(message, { cause: extras.cause });
    this.name = 'DomainError';
    if (extras.details) this.details = extras.details.slice(0, 20);
    if (extras.retryAfter !== undefined) this.retryAfter = extras.retryAfter;
    if (extras.headers) this.headers = extras.headers;
  }

  /** Whether the same request may succeed later without a change. */
  get retryable(): boolean {
    return this.kind === 'rate_limited' || this.kind === 'unavailable';
  }
}
