import type { ErrorAnswer } from './error-answer.js';

/** The error shape of one family of paths, where it is not the native API's. The root hands all of them to the edge. */
export interface ErrorDialect {
  /** Name of its schema in the API description. */
  readonly schemaName: string;
  /** JSON Schema of the body. */
  readonly schema: Record<string, unknown>;
  /** Whether a request with this path, without its query, is answered in this shape. */
  owns(path: string): boolean;
  /** The body. */
  body(answer: ErrorAnswer, requestId: string): object;
}
