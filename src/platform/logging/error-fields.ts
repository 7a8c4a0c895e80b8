/** What is written of an error. */
export interface ErrorFields {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: ErrorFields;
}

const CAUSES = 5;

/**
 * Name, message, code, stack and causes; nothing else. Database errors carry statements, parameters and row values, HTTP errors
 * whole requests: none of it may reach a log.
 */
export function errorFields(error: unknown, depth = 0): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { code, cause } = error as Error & { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(cause !== undefined && depth < CAUSES && { cause: errorFields(cause, depth + 1) }),
  };
}
