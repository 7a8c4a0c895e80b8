import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';

import type { buildConnector } from 'undici';

import type { AddressPolicy } from './address-policy.js';
import { blockedAddress, connectError, SafeHttpError } from './safe-http-error.js';

/** Resolves a host name to all its addresses. */
export type Lookup = (hostname: string) => Promise<readonly { address: string }[]>;

/** What {@link pinnedConnector} needs to know. */
export interface ConnectRules {
  permits: AddressPolicy;
  /** Limit for name resolution, TCP and TLS together. */
  connectTimeoutMs: number;
  lookup: Lookup;
}

/** The operating system's resolver, with its hosts file. */
export const resolveBySystem: Lookup = (hostname) => systemLookup(hostname, { all: true });

/**
 * A connector for one port that checks an address and then connects to that very address: the socket's own resolution
 * is the only one, so a name cannot answer differently the second time (DNS rebinding). One refused address among
 * several refuses the name. Literal addresses never reach a socket's `lookup` and are checked by themselves.
 */
export function pinnedConnector(
  build: typeof buildConnector,
  port: number,
  { permits, connectTimeoutMs, lookup }: ConnectRules,
): buildConnector.connector {
  const checkedLookup = lookupWithin(port, { permits, lookup });
  const connect = build({ timeout: connectTimeoutMs, autoSelectFamily: true, lookup: checkedLookup });
  return (options, callback) => {
    if (isIP(options.hostname) !== 0 && !permits(options.hostname, port)) return callback(blockedAddress(), null);
    return connect(options, (...[error, socket]) =>
      error === null ? callback(null, socket) : callback(connectError(error, connectTimeoutMs), null),
    );
  };
}

/** Name resolution for the sockets of one port that answers with checked addresses only. */
export function lookupWithin(
  port: number,
  { permits, lookup }: Pick<ConnectRules, 'permits' | 'lookup'>,
): LookupFunction {
  const resolve = async (hostname: string) => {
    const answers = await lookup(hostname).catch((cause: unknown) => {
      throw new SafeHttpError('DNS_FAILED', 'The host name cannot be resolved.', { cause });
    });
    if (answers.length === 0) throw new SafeHttpError('DNS_FAILED', 'The host name has no address.');
    if (!answers.every(({ address }) => permits(address, port))) throw blockedAddress();
    return answers.map(({ address }) => ({ address, family: isIP(address) }));
  };
  const resolveThen = callbackify(resolve);
  return (hostname, options, callback) => {
    resolveThen(hostname, (error, answers) => {
      if (error !== null) callback(error, '');
      else if (options.all) callback(null, answers);
      else callback(null, answers[0]!.address, answers[0]!.family);
    });
  };
}
