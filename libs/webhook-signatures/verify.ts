import { anySame } from './same-secret.js';
import { verifySigned } from './signatures.js';
import type { SignedRequest, Verification, VerificationResult } from './verification.js';

/**
 * Whether a request comes from somebody who knows one of the secrets. Secrets and signatures are compared in constant time.
 *
 * @param secrets the current one, and an earlier one while the sender changes over; none of them empty
 * @param now milliseconds since 1970
 * @example verifyWebhook({ scheme: 'github' }, [secret], { headers, rawBody }) // { ok: true }
 */
export function verifyWebhook(
  verification: Verification,
  secrets: readonly string[],
  request: SignedRequest,
  now = Date.now(),
): VerificationResult {
  if (verification.scheme === 'bearer') return verifyBearer(secrets, request);
  return verifySigned(verification, secrets, request, now);
}

/**
 * A header that begins with `bearer` is the only one that counts, also when nothing follows it: HTTP parsers strip the space at its end, so
 * `Bearer ` and `Bearer` cannot be told apart (contracts/decisions §7).
 */
function verifyBearer(secrets: readonly string[], { headers, token }: SignedRequest): VerificationResult {
  const { authorization } = headers;
  const isBearer = typeof authorization === 'string' && authorization.toLowerCase().startsWith('bearer');
  const given = isBearer ? /^bearer\s+(.*)$/i.exec(authorization)?.[1]?.trim() : token;
  if (given === undefined || given === '') return { ok: false, reason: 'MISSING_SECRET' };
  return anySame([given], secrets) ? { ok: true } : { ok: false, reason: 'BAD_SECRET' };
}
