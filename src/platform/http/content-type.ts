import { unsupportedMediaType } from '../errors/index.js';

const JSON_TYPES = /^application\/(?:json|[\w.!#$&^-]+\+json)$/;
const FORM = 'application/x-www-form-urlencoded';

/**
 * How a body is to be read: `json`, or `form` for JSON that is declared as a form.
 *
 * `curl -d '{…}'` without a `Content-Type` header declares its JSON as `application/x-www-form-urlencoded`, and published samples
 * do exactly that, so on the native API such a body is read as JSON and must hold an object. This opens no door for forms of
 * foreign web pages: credentials travel in headers that a form cannot set.
 */
export type BodyKind = 'json' | 'form';

/** @throws 415 naming the type or the character set */
export function bodyKind(contentType: string | undefined, formAllowed: boolean): BodyKind {
  if (contentType === 'application/json') return 'json';
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw unsupportedMediaType(`Unsupported character set ${quoted(charset)}: send the body as UTF-8`);
  }
  if (JSON_TYPES.test(type)) return 'json';
  if (type === FORM && formAllowed) return 'form';
  throw unsupportedMediaType(
    type === ''
      ? 'The body has no Content-Type: send application/json'
      : `Unsupported media type ${quoted(type)}: send application/json`,
  );
}

/** A header's value in a message: no longer than it needs to be recognised. */
export const quoted = (value: string): string => JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
