import { networkInterfaces } from 'node:os';

import { isPublic, parseAddress, parseNetwork, within } from './public-address.js';

/** Whether a connection to this address (no name) and port is permitted. */
export type AddressPolicy = (address: string, port: number) => boolean;

/** The operator's settings for {@link createAddressPolicy}. */
export interface AddressPolicyOptions {
  /** Networks that may be reached on any port although they are not public, in CIDR form. Default: none. */
  allow?: readonly string[];
  /** Ports of public addresses that may be reached. Default: 80 and 443. */
  ports?: readonly number[];
}

/**
 * The rule for outbound connections: an address inside `allow`, or a public address on a listed port that is not one of
 * this machine's own (its public address leads to the services that listen beside us).
 *
 * @param ownAddresses The machine's addresses; read at each decision because interfaces come and go.
 * @throws RangeError when `allow` holds something that is no network.
 */
export function createAddressPolicy(
  options: AddressPolicyOptions = {},
  ownAddresses: () => readonly string[] = interfaceAddresses,
): AddressPolicy {
  const allowed = (options.allow ?? []).map(parseNetwork);
  const ports = new Set(options.ports ?? [80, 443]);
  return (ip, port) => {
    const address = parseAddress(ip);
    if (address === undefined) return false;
    if (within(address, allowed)) return true;
    if (!ports.has(port) || !isPublic(address)) return false;
    return !ownAddresses().some((own) => parseAddress(own)?.toString() === address.toString());
  };
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map((entry) => entry.address));
}
