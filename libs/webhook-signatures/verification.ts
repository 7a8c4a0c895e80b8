/** How a sender proves that a webhook is its own. */
export const SCHEMES = ['bearer', 'hmac', 'github', 'stripe', 'slack', 'standard_webhooks'] as const;
export type Scheme = (typeof SCHEMES)[number];

export const ALGORITHMS = ['sha256', 'sha1', 'sha512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const ENCODINGS = ['hex', 'base64'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** A scheme with what it leaves open. */
export interface Verification {
  scheme: Scheme;
  /** Of `hmac`: the header that holds the signature. */
  header?: string;
  /** Of `hmac`. Default sha256. */
  algorithm?: Algorithm;
  /** Of `hmac`. Default hex. */
  encoding?: Encoding;
  /** Of `hmac`: what the header's value begins with, such as `sha256=`. Default nothing. */
  prefix?: string;
  /** Of schemes with a timestamp: how far it may be from now, either way. Default 300. */
  toleranceSeconds?: number;
}

/** Schemes whose signature covers the time of sending. */
export const TIMED_SCHEMES: readonly Scheme[] = ['stripe', 'slack', 'standard_webhooks'];

export const DEFAULT_TOLERANCE_SECONDS = 300;

/** A request as it came in. */
export interface SignedRequest {
  /** By lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The bytes that were signed; empty without a body. */
  rawBody: Buffer;
  /** `?token=` of the query, which stands for the header of `bearer`. */
  token?: string;
}

/** Why a request is not believed. */
export type RefusalReason =
  | 'MISSING_SECRET'
  | 'BAD_SECRET'
  | 'MISSING_SIGNATURE'
  | 'MALFORMED_SIGNATURE'
  | 'BAD_SIGNATURE'
  | 'TIMESTAMP_OUT_OF_TOLERANCE';

export type VerificationResult = { ok: true } | { ok: false; reason: RefusalReason };
