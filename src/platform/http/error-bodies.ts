import type { Issue } from '../errors/index.js';
import type { ErrorAnswer } from './error-answer.js';

/** RFC 9457 problem details with our extension members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  requestId: string;
  retryable: boolean;
  errors?: { pointer: string; message: string }[];
}

/** Where the errors are explained; `type` points at the entry of its code, relative to the server. */
export const ERRORS_PAGE = '/docs/errors';

/** The `bearer` style's body. */
export function toProblem(answer: ErrorAnswer, instance: string, requestId: string): Problem {
  const { code, status, message, retryable, details } = answer;
  return {
    type: `${ERRORS_PAGE}#${code}`,
    title: titleOf(code),
    status,
    detail: message,
    instance,
    code,
    requestId,
    retryable,
    ...(details && { errors: details.map(({ path, message }) => ({ pointer: pointerOf(path), message })) }),
  };
}

/** The `x-api-key` style's body, with exactly the members of contract 001 in its order. */
export const toErrorEnvelope = ({ code, message, details }: ErrorAnswer) => ({
  success: false,
  error: { code, message, ...(details && { details }) },
});

/** `VALIDATION_ERROR` → `Validation error` */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** RFC 6901 pointer of a path. */
const pointerOf = (path: Issue['path']): string =>
  path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
