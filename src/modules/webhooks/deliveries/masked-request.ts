import type { IncomingHttpHeaders } from 'node:http';
import { isSecretName } from '#libs/webhook-signatures';

const MASK = '[redacted]';
/** Of all names and values together. */
const HEADER_BYTES = 8 * 1024;
const LONGEST_VALUE = 1_000;
const LONGEST_PATH = 2_000;
/** Shorter texts turn up by chance. */
const SHORTEST_SECRET = 8;

/** A query parameter, wherever a text has one. */
const PARAMETER = /(^|[?&;#])([^?&;#=\s]+)=([^&\s]*)/g;
/** How often a query may stand encoded within another; what is hidden deeper is masked unseen. */
const DEEPEST = 3;

/** What of a request may be written down. */
export class RequestMask {
  private readonly secrets: readonly RegExp[];

  /**
   * @param secrets of the webhook, wherever they stand in the request
   * @param signatureHeader of its own scheme
   */
  constructor(
    secrets: readonly string[],
    private readonly signatureHeader?: string,
  ) {
    this.secrets = secrets.filter(({ length }) => length >= SHORTEST_SECRET).map(patternOf);
  }

  headers(headers: IncomingHttpHeaders): Record<string, string> {
    const masked: Record<string, string> = {};
    let left = HEADER_BYTES;
    for (const [name, value] of Object.entries(headers)) {
      const secret = isSecretName(name) || name === this.signatureHeader?.toLowerCase();
      const text = secret ? MASK : this.text(String(value)).slice(0, LONGEST_VALUE);
      left -= Buffer.byteLength(name) + Buffer.byteLength(text);
      if (left < 0) break;
      masked[name] = text;
    }
    return masked;
  }

  path(path: string): string {
    return this.text(path).slice(0, LONGEST_PATH);
  }

  private text(text: string): string {
    return this.secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), withoutParameters(text, 0));
  }
}

/** A text whose query parameters with secret names are masked, also those of an address within a parameter, as in `?next=%2F%3Ftoken%3Dx`. */
function withoutParameters(text: string, depth: number): string {
  const masked = text.replaceAll(PARAMETER, (whole, lead: string, name: string, value: string) =>
    isSecretName(decoded(name)) || hides(value, depth) ? `${lead}${name}=${MASK}` : whole,
  );
  return hides(masked, depth) ? MASK : masked;
}

function hides(text: string, depth: number): boolean {
  const plain = decoded(text);
  return plain !== text && (depth === DEEPEST || withoutParameters(plain, depth + 1) !== plain);
}

/** Byte by byte, because one wrong escape must not keep the others from being read. */
const decoded = (text: string): string =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)));

/** Finds a secret with any of its characters percent-encoded, once or several times, in either case of the digits. */
function patternOf(secret: string): RegExp {
  const characters = [...secret].map((character) => {
    const bytes = [...Buffer.from(character)].map(
      (byte) => `%(?:25)*${inEitherCase(byte.toString(16).padStart(2, '0'))}`,
    );
    const forms = [character.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), bytes.join('')];
    return `(?:${[...forms, ...(character === ' ' ? ['\\+'] : [])].join('|')})`;
  });
  return new RegExp(characters.join(''), 'g');
}

const inEitherCase = (hex: string): string => hex.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
