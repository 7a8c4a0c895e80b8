/** Secrets recognisable by their value, wherever they stand: API keys, webhook secrets, bearer tokens, `token=` in a query. */
const SECRETS =
  /capi_[0-9A-Za-z]{8,}|whsec_[A-Za-z0-9+/=_-]{8,}|\b(bearer\s+)[\w.~+/=-]{8,}|([?&](?:token|api_key|secret)=)[^&\s"\\]+/gi;

/** DEL, C1 controls, line separators and bidirectional overrides; JSON leaves them as they are, terminals and viewers obey them. */
const CONTROLS = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Names of members that are never written, at the top of an entry or one or two levels below it. */
const SECRET_MEMBERS = [
  'authorization',
  '["x-api-key"]',
  'cookie',
  'secret',
  'token',
  'apiKey',
  'password',
  'credentials',
];

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** Paths for pino's `redact`. */
export const REDACTED_PATHS = SECRET_MEMBERS.flatMap((name) => {
  const below = name.startsWith('[') ? name : `.${name}`;
  return [name, `*${below}`, `*.*${below}`];
});

/**
 * The last step of every line: secrets are removed by value, also from messages and stacks, and what could forge or hide
 * log lines is escaped. Works on the finished JSON text; the replaced characters can only stand inside its strings.
 */
export function redactLine(line: string): string {
  return line
    .replace(SECRETS, (_secret, bearer?: string, query?: string) => `${bearer ?? query ?? ''}${REDACTED}`)
    .replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
