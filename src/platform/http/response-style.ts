import type { IncomingMessage } from 'node:http';

/**
 * How the native API answers. `x-api-key`: the envelope of contract 001; `bearer`: bare resources and RFC 9457 problems
 * (contracts/decisions §2).
 */
export type ResponseStyle = 'x-api-key' | 'bearer';

/** The style follows the credential header, also when the credential is bad; `Authorization` wins where both are sent. */
export function responseStyle({ headers }: Pick<IncomingMessage, 'headers'>): ResponseStyle {
  return headers['x-api-key'] !== undefined && headers.authorization === undefined ? 'x-api-key' : 'bearer';
}

/** Paths of the native API; everything else is a dialect, health or documentation and has one style. */
const NATIVE = /^\/api\/(?:v1|agentapps)(?=[/?]|$)/i;

export const isNativePath = (path: string): boolean => NATIVE.test(path);
