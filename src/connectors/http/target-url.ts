import type { OpenConnection } from '#libs/connector-kit';
import { SafeHttpError } from '#libs/safe-http';

/**
 * Where a request goes: `path` below the connection's `baseUrl`, or `url`, which must have the same origin, so that no template can send the
 * credentials elsewhere.
 * @throws SafeHttpError INVALID_URL
 */
export function targetUrl(
  { name, settings }: OpenConnection,
  path: string | undefined,
  url: string | undefined,
): string {
  const { baseUrl } = settings;
  const base = parse(typeof baseUrl === 'string' ? baseUrl : '', 'baseUrl');
  const target = url === undefined ? below(base, path ?? '') : parse(url, 'url');
  if (target.origin === base.origin && target.username === '' && target.password === '') return target.href;
  throw new SafeHttpError('INVALID_URL', `The connection "${name}" may be used with ${base.origin} only.`);
}

/** Appended, not resolved: `/orders` below `https://api.example.com/v2` is `https://api.example.com/v2/orders`. */
function below(base: URL, path: string): URL {
  if (path === '') return base;
  const [place, query] = split(path, '?');
  const joined = new URL(base);
  const root = `${base.pathname.replace(/\/$/, '')}/`;
  joined.pathname = root + place.replace(/^[/\\]+/, '');
  if (query !== undefined) joined.search = base.search === '' ? query : `${base.search}&${query}`;
  if (!joined.pathname.startsWith(root)) {
    throw new SafeHttpError('INVALID_URL', 'The path may not lead out of the baseUrl of the connection.');
  }
  return joined;
}

function split(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function parse(text: string, what: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new SafeHttpError('INVALID_URL', `The ${what} cannot be parsed.`);
}
