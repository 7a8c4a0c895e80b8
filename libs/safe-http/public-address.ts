import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

/** An address in canonical form: an IPv4 address mapped into IPv6 is an IPv4 address. */
type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** A network: its address and the length of its prefix in bits. */
type Network = [Address, number];

/** IANA special-purpose registry and multicast; a new entry there is a new line here. */
const NOT_PUBLIC_V4 = networks(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
);

/** The one block from which global unicast addresses are assigned; loopback, ULA, NAT64 … all lie outside. */
const GLOBAL_V6 = networks('2000::/3');
/** Protocol assignments (Teredo, ORCHID), documentation and 6to4, which can carry a private IPv4 address. */
const NOT_PUBLIC_V6 = networks('2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20');

/**
 * Whether an address, written in full (four decimal parts, or IPv6), belongs to the public Internet. IPv4 is public
 * unless listed, IPv6 only inside 2000::/3 less its exceptions. Zone ids, short or octal spellings and anything else
 * that does not parse strictly are not public.
 *
 * @example isPublicAddress('::ffff:10.0.0.1') // false
 */
export function isPublicAddress(ip: string): boolean {
  const address = parseAddress(ip);
  return address !== undefined && isPublic(address);
}

/** {@link isPublicAddress} of a parsed address. */
export function isPublic(address: Address): boolean {
  if (address.kind() === 'ipv4') return !within(address, NOT_PUBLIC_V4);
  return within(address, GLOBAL_V6) && !within(address, NOT_PUBLIC_V6);
}

/**
 * The canonical address, or undefined for what `net.isIP` refuses and for IPv6 with a zone id. A dotted tail goes through
 * the URL parser first: ipaddr.js takes `::8.8.8.8` for the mapped `::ffff:8.8.8.8`, which a socket does not.
 */
export function parseAddress(ip: string): Address | undefined {
  const family = isIP(ip);
  if (family === 0 || ip.includes('%')) return undefined;
  return ipaddr.process(family === 6 ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip);
}

/**
 * A network in CIDR form; a bare address is a network of one.
 *
 * @throws RangeError for anything else, with the text in the message (it comes from the operator).
 */
export function parseNetwork(cidr: string): Network {
  const slash = cidr.indexOf('/');
  const ip = slash === -1 ? cidr : cidr.slice(0, slash);
  const address = parseAddress(ip);
  const width = address?.kind() === 'ipv4' ? 32 : 128;
  const bits = slash === -1 ? width : Number(/^\/(\d{1,3})$/.exec(cidr.slice(slash))?.[1] ?? Number.NaN);
  const mapped = address?.kind() === 'ipv4' && ip.includes(':');
  if (address === undefined || mapped || !(bits <= width)) {
    throw new RangeError(`"${cidr}" is not a network in CIDR form such as 10.1.0.0/16 or fd00::/8`);
  }
  return [address, bits];
}

/** Whether the address lies in one of the networks. */
export function within(address: Address, among: readonly Network[]): boolean {
  return among.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

function networks(...cidrs: string[]): Network[] {
  return cidrs.map(parseNetwork);
}
