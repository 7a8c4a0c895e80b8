/** SQLSTATE classes of a database that is out of reach, restarting or overloaded: connection, resources, operator intervention. */
const TRANSIENT_CLASSES = ['08', '53', '57'];
const TRANSIENT_STATES = ['25006', '40001', '40P01'];
const TRANSIENT_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|not queryable|Cannot use a pool after calling end/;
const TRANSIENT_SYSCALLS = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
];

/** Whether the statement may succeed when sent again later; what it wrote, if anything, is unknown. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = sqlState(error);
  if (code === undefined) return TRANSIENT_MESSAGES.test(error.message);
  return (
    TRANSIENT_CLASSES.includes(code.slice(0, 2)) || TRANSIENT_STATES.includes(code) || TRANSIENT_SYSCALLS.includes(code)
  );
}

/** Whether a unique constraint of this name refused the statement. */
export function violates(error: unknown, constraint: string): boolean {
  return (
    error instanceof Error &&
    sqlState(error) === '23505' &&
    (error as { constraint?: string }).constraint === constraint
  );
}

/** TypeORM copies the driver's fields onto its own error; node's socket errors use the same field for the system call's code. */
function sqlState(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
