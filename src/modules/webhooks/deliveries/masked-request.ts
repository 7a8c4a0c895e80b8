import type { IncomingHttpHeaders } from 'node:http';

const MASK = '[redacted]';
/** Of all names and values together. */
const HEADER_BYTES = 8 * 1024;
const LONGEST_VALUE = 1_000;
const LONGEST_PATH = 2_000;
/** Shorter texts turn up by chance. */
const SHORTEST_SECRET = 8;

/** Names of headers and query parameters whose values may be secret, or prove that somebody has one. */
const SECRET_NAME = /authorization|cookie|token|secret|signature|hmac|password|credential|api[-_]?key/i;

/** What of a request may be written down. */
export class RequestMask {
  private readonly secrets: readonly string[];

  /**
   * @param secrets of the webhook, wherever they stand in the request
   * @param signatureHeader of its own scheme
   */
  constructor(
    secrets: readonly string[],
    private readonly signatureHeader?: string,
  ) {
    this.secrets = secrets.filter(({ length }) => length >= SHORTEST_SECRET);
  }

  headers(headers: IncomingHttpHeaders): Record<string, string> {
    const masked: Record<string, string> = {};
    let left = HEADER_BYTES;
    for (const [name, value] of Object.entries(headers)) {
      const secret = SECRET_NAME.test(name) || name === this.signatureHeader?.toLowerCase();
      const text = secret ? MASK : this.text(String(value)).slice(0, LONGEST_VALUE);
      left -= Buffer.byteLength(name) + Buffer.byteLength(text);
      if (left < 0) break;
      masked[name] = text;
    }
    return masked;
  }

  path(path: string): string {
    const [place = '', query] = path.split(/\?(.*)/s, 2);
    const masked = query
      ?.split('&')
      .map((pair) => (SECRET_NAME.test(decoded(pair.split('=', 1)[0] ?? '')) ? pair.replace(/=.*/s, `=${MASK}`) : pair))
      .join('&');
    return this.text(masked === undefined ? place : `${place}?${masked}`).slice(0, LONGEST_PATH);
  }

  private text(text: string): string {
    return this.secrets.reduce(
      (masked, secret) => masked.replaceAll(secret, MASK).replaceAll(encodeURIComponent(secret), MASK),
      text,
    );
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
