import { LiquidError } from 'liquidjs';

/** Where a template stands in the value it was compiled from: object keys and list indexes, outermost first. */
export type Path = readonly (string | number)[];

/** `*_SYNTAX` when compiling, `*_FAILED` when evaluating, `TEMPLATE_LIMIT` in both: too large, too deep, too slow. */
export type TemplateErrorCode =
  'TEMPLATE_SYNTAX' | 'TEMPLATE_LIMIT' | 'TEMPLATE_FAILED' | 'EXPRESSION_SYNTAX' | 'EXPRESSION_FAILED';

/** The only error this library throws. Messages name types, operators and filters, never a value from the scope. */
export class TemplateError extends Error {
  readonly code: TemplateErrorCode;
  readonly path: Path;
  /** 0-based offset in the source string, when known. */
  declare readonly position?: number;

  constructor(code: TemplateErrorCode, message: string, path: Path, position?: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TemplateError';
    this.code = code;
    this.path = path;
    if (position !== undefined) this.position = position;
  }

  /** Anything thrown below, as an error of this path; `code` unless a limit was hit. */
  static from(error: unknown, code: TemplateErrorCode, path: Path): TemplateError {
    if (error instanceof TemplateError) return error;
    const fault = faultOf(error);
    return new TemplateError(fault.limit ? 'TEMPLATE_LIMIT' : code, fault.message, path, fault.position, fault.cause);
  }
}

/** Runs `operation`; what it throws becomes a TemplateError of this path. */
export function caught<T>(code: TemplateErrorCode, path: Path, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw TemplateError.from(error, code, path);
  }
}

/** What is wrong within one source string; the code around it knows the path. */
export class Fault extends Error {
  constructor(
    message: string,
    readonly position?: number,
    /** A limit of ours was hit, whatever the text says. */
    readonly limit = false,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

export function limitFault(message: string, position?: number): Fault {
  return new Fault(message, position, true);
}

/** Runs `operation`; a fault without a position gets `position`, and `offset` is added to every position. */
export function located<T>(operation: () => T, position?: number, offset = 0): T {
  try {
    return operation();
  } catch (error) {
    const fault = faultOf(error);
    const at = fault.position ?? position;
    throw new Fault(fault.message, at === undefined ? undefined : at + offset, fault.limit, fault.cause);
  }
}

/** The fault underneath Liquid's wrapping. */
function faultOf(error: unknown): Fault {
  let cause = error;
  let position: number | undefined;
  while (LiquidError.is(cause)) {
    position = cause.token.begin;
    if (cause.originalError === undefined) break;
    cause = cause.originalError;
  }
  if (cause instanceof Fault)
    return cause.position === undefined ? new Fault(cause.message, position, cause.limit, cause.cause) : cause;
  if (isExhaustion(cause)) return limitFault('the template nests too deeply or grows too long', position);
  const message = cause instanceof Error ? cause.message.replace(/, line:\d+, col:\d+$/, '') : 'unknown error';
  return new Fault(message, position, false, cause);
}

/** V8 reports a full stack and an over-long string as these RangeErrors. */
function isExhaustion(error: unknown): boolean {
  return error instanceof RangeError && /call stack|string length/.test(error.message);
}
