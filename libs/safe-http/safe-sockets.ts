import { connect, isIP, type Socket } from 'node:net';

import { type AddressPolicyOptions, createAddressPolicy } from './address-policy.js';
import { withDeadline } from './deadline.js';
import { type Lookup, lookupWithin, resolveBySystem } from './pinned-connector.js';
import { blockedAddress, connectError } from './safe-http-error.js';

/** Settings of {@link createSafeSockets}; all of them the operator's. */
export interface SafeSocketsOptions extends AddressPolicyOptions {
  /** Limit for name resolution and TCP of one connection. Default 10 000. */
  connectTimeoutMs?: number;
  /** Name resolution, for tests. Default: the system's. */
  lookup?: Lookup;
}

/** TCP connections to hosts that users write, for protocols other than HTTP. */
export interface SafeSockets {
  /**
   * A connected socket. The host is resolved once, every address is checked, and the connection goes to a checked one.
   * @throws SafeHttpError `BLOCKED_ADDRESS`, `DNS_FAILED`, `CONNECT_FAILED`, `TIMEOUT` or `ABORTED`
   */
  connect(host: string, port: number, signal?: AbortSignal): Promise<Socket>;
}

/** @throws RangeError when `allow` holds something that is no network. */
export function createSafeSockets(options: SafeSocketsOptions = {}): SafeSockets {
  const permits = createAddressPolicy(options);
  const { connectTimeoutMs = 10_000, lookup = resolveBySystem } = options;
  return {
    connect: (host, port, signal) => {
      if (isIP(host) !== 0 && !permits(host, port)) return Promise.reject(blockedAddress());
      const checked = lookupWithin(port, { permits, lookup });
      return withDeadline(connectTimeoutMs, signal, (ended) => opened(host, port, checked, ended)).catch(
        (error: unknown) => {
          throw connectError(error as Error, connectTimeoutMs);
        },
      );
    },
  };
}

function opened(
  host: string,
  port: number,
  lookup: ReturnType<typeof lookupWithin>,
  ended: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup, autoSelectFamily: true });
    const abort = (): void => void socket.destroy(ended.reason as Error);
    ended.addEventListener('abort', abort, { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      ended.removeEventListener('abort', abort);
      socket.off('error', reject);
      // Whoever takes it over listens later; an error before would end the process.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}
