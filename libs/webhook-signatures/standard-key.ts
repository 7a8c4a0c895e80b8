const FEWEST_BYTES = 24;
const MOST_BYTES = 64;

/**
 * The key that a secret of Standard Webhooks stands for: `whsec_`, which may be missing, and the Base64 of 24 to 64 bytes.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
 *
 * @returns null where it is no such secret. Base64 is read strictly: what a lenient reader makes of other text is a key that anybody can guess.
 */
export function standardKeyOf(secret: string): Buffer | null {
  const base64 = secret.replace(/^whsec_/, '');
  const key = Buffer.from(base64, 'base64');
  return key.toString('base64') === base64 && key.length >= FEWEST_BYTES && key.length <= MOST_BYTES ? key : null;
}
