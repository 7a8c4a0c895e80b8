import type { Json } from '#libs/json-guard';
import type { OpenConnection } from './connection.js';

/** Shorter texts would take common words with them where secrets are hidden by value. */
const SHORTEST = 8;

/** Every text of a connection's credentials that must not be repeated, and the forms in which requests carry them. */
export function secretsOf({ credentials }: Pick<OpenConnection, 'credentials'>): string[] {
  const { username, password } = credentials;
  const basic =
    typeof username === 'string' && typeof password === 'string'
      ? [Buffer.from(`${username}:${password}`).toString('base64')]
      : [];
  return [...textsOf(credentials), ...basic].filter((text) => text.length >= SHORTEST);
}

function textsOf(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
