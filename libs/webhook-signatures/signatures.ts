import { createHmac } from 'node:crypto';
import { anySame } from './same-secret.js';
import { standardKeyOf } from './standard-key.js';
import {
  type Algorithm,
  DEFAULT_TOLERANCE_SECONDS,
  type Encoding,
  type SignedRequest,
  type Verification,
  type VerificationResult,
} from './verification.js';

/** Senders have two secrets while they change over; whoever sends a long list is trying something. */
const MOST_SIGNATURES = 10;

const refused = (reason: Extract<VerificationResult, { ok: false }>['reason']): VerificationResult => ({
  ok: false,
  reason,
});

/** What a signature says, whatever the scheme. */
interface Claim {
  /** As sent, in the encoding; several while the sender changes its secret. */
  signatures: string[];
  /** Before the body. */
  signedPrefix?: string;
  /** Seconds since 1970. */
  timestamp?: string;
}

interface Recipe {
  algorithm: Algorithm;
  encoding: Encoding;
  /** Null: the request is not signed; undefined: it is, in no form of this scheme. */
  read(request: SignedRequest): Claim | null | undefined;
  /** The key that a secret stands for; null: none, and nobody is believed by it. Default: the text itself. */
  key?(secret: string): Buffer | null;
}

/** One value or none: a header that came twice is no signature of anybody's. */
function header({ headers }: SignedRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries, and whoever else puts an HMAC of the body into a header. */
const plain = (name: string, prefix: string, algorithm: Algorithm, encoding: Encoding): Recipe => ({
  algorithm,
  encoding,
  read(request) {
    const value = header(request, name);
    if (value === undefined) return null;
    return value.startsWith(prefix) ? { signatures: [value.slice(prefix.length)] } : undefined;
  },
});

/** https://docs.stripe.com/webhooks/signature: `t=<seconds>,v1=<hex>,…`; other versions are passed over. */
const STRIPE: Recipe = {
  algorithm: 'sha256',
  encoding: 'hex',
  read(request) {
    const value = header(request, 'stripe-signature');
    if (value === undefined) return null;
    const parts = value.split(',').map((part) => part.trim());
    const of = (name: string) => parts.filter((part) => part.startsWith(name)).map((part) => part.slice(name.length));
    const [timestamp, second] = of('t=');
    const signatures = of('v1=');
    if (timestamp === undefined || second !== undefined || signatures.length === 0) return undefined;
    return { signatures, timestamp, signedPrefix: `${timestamp}.` };
  },
};

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
const SLACK: Recipe = {
  algorithm: 'sha256',
  encoding: 'hex',
  read(request) {
    const value = header(request, 'x-slack-signature');
    const timestamp = header(request, 'x-slack-request-timestamp');
    if (value === undefined) return null;
    if (timestamp === undefined || !value.startsWith('v0=')) return undefined;
    return { signatures: [value.slice(3)], timestamp, signedPrefix: `v0:${timestamp}:` };
  },
};

/** https://github.com/standard-webhooks/standard-webhooks, symmetric signatures: `v1,<base64> v1,<base64> …` */
const STANDARD: Recipe = {
  algorithm: 'sha256',
  encoding: 'base64',
  read(request) {
    const value = header(request, 'webhook-signature');
    const id = header(request, 'webhook-id');
    const timestamp = header(request, 'webhook-timestamp');
    if (value === undefined) return null;
    const signatures = value.split(' ').flatMap((part) => (part.startsWith('v1,') ? [part.slice(3)] : []));
    if (id === undefined || timestamp === undefined || signatures.length === 0) return undefined;
    return { signatures, timestamp, signedPrefix: `${id}.${timestamp}.` };
  },
  key: standardKeyOf,
};

function recipeOf({ scheme, header: name = '', prefix = '', algorithm, encoding }: Verification): Recipe {
  switch (scheme) {
    case 'github':
      return plain('x-hub-signature-256', 'sha256=', 'sha256', 'hex');
    case 'stripe':
      return STRIPE;
    case 'slack':
      return SLACK;
    case 'standard_webhooks':
      return STANDARD;
    default:
      return plain(name.toLowerCase(), prefix, algorithm ?? 'sha256', encoding ?? 'hex');
  }
}

/** The timestamp is looked at last, so that its reason is only given for what the sender has really signed. */
export function verifySigned(
  verification: Verification,
  secrets: readonly string[],
  request: SignedRequest,
  now: number,
): VerificationResult {
  const recipe = recipeOf(verification);
  const claim = recipe.read(request);
  if (claim === null) return refused('MISSING_SIGNATURE');
  if (claim === undefined || claim.signatures.length > MOST_SIGNATURES) return refused('MALFORMED_SIGNATURE');
  const { signedPrefix = '', timestamp } = claim;
  const keys = secrets.map((secret) => (recipe.key ? recipe.key(secret) : secret)).filter((key) => key !== null);
  const wanted = keys.map((key) =>
    createHmac(recipe.algorithm, key).update(signedPrefix).update(request.rawBody).digest(recipe.encoding),
  );
  // How long a signature is, everybody knows.
  const given = claim.signatures.filter(({ length }) => length === wanted[0]?.length);
  const same = recipe.encoding === 'hex' ? given.map((text) => text.toLowerCase()) : given;
  if (!anySame(same, wanted)) return refused('BAD_SIGNATURE');
  if (timestamp === undefined) return { ok: true };
  const tolerance = verification.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  const away = Math.abs(now / 1000 - Number(timestamp));
  return /^\d{1,12}$/.test(timestamp) && away <= tolerance ? { ok: true } : refused('TIMESTAMP_OUT_OF_TOLERANCE');
}
