/** What stands in the place of a secret. */
const REDACTED = '[redacted]';

/** Names of members, in any case and at any depth, whose value is never written. */
const SECRET_MEMBERS = new Set([
  'authorization',
  'x-api-key',
  'cookie',
  'set-cookie',
  'secret',
  'token',
  'apikey',
  'password',
  'credentials',
]);

/** pino writes five levels of an object and abbreviates what is below. */
const DEPTH = 5;

/**
 * A copy of an entry's fields without the values of secret members. Errors are left to their serializer.
 * Ours, because pino's `redact` with as many paths costs 35 µs an entry; this one costs 1.
 */
export function redactMembers(fields: Record<string, unknown>): Record<string, unknown> {
  return redactObject(fields, DEPTH);
}

function redactObject(object: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    copy[name] = SECRET_MEMBERS.has(name.toLowerCase()) ? REDACTED : redactValue(value, depth - 1);
  }
  return copy;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date || depth === 0)
    return value;
  return Array.isArray(value) ? value.map((item) => redactValue(item, depth - 1)) : redactObject(value, depth);
}

/** Secrets recognisable by their value, wherever they stand: API keys, webhook secrets, bearer tokens, `token=` in a query. */
const SECRETS =
  /capi_[0-9A-Za-z]{8,}|whsec_[A-Za-z0-9+/=_-]{8,}|\b(bearer\s+)[\w.~+/=-]{8,}|([?&](?:token|api_key|secret)=)[^&\s"\\]+/gi;

/** DEL, C1 controls, line separators and bidirectional overrides; JSON leaves them as they are, terminals and viewers obey them. */
const CONTROLS = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * The last step of every line: secrets are removed by value, also from messages and stacks, and what could forge or hide
 * log lines is escaped. Works on the finished JSON text; the replaced characters can only stand inside its strings.
 */
export function redactLine(line: string): string {
  return line
    .replace(SECRETS, (_secret, bearer?: string, query?: string) => `${bearer ?? query ?? ''}${REDACTED}`)
    .replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
