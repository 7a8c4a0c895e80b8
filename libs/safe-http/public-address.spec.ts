import { BlockList } from 'node:net';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isPublicAddress, parseNetwork } from './public-address.js';

const BLOCKED: [what: string, ...addresses: string[]][] = [
  ['this network', '0.0.0.0', '0.255.255.255'],
  ['private use', '10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  ['shared address space', '100.64.0.0', '100.127.255.255'],
  ['loopback', '127.0.0.1', '127.255.255.255', '::1'],
  ['link-local and cloud metadata', '169.254.0.0', '169.254.169.254', '169.254.255.255', 'fe80::1', 'febf::1'],
  ['protocol assignments', '192.0.0.1', '192.0.0.170', '192.0.0.255', '2001::1', '2001:1ff:ffff::1'],
  ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.255', '2001:db8::1', '3fff::1', '3fff:fff::1'],
  ['6to4', '192.88.99.1', '2002:7f00:1::', '2002:a00:1::1', '2002:808:808::1'],
  ['benchmarking', '198.18.0.0', '198.19.255.255', '2001:2::1'],
  ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  ['reserved and broadcast', '240.0.0.1', '255.255.255.255'],
  ['unspecified', '::'],
  ['IPv4 in IPv6, mapped', '::ffff:127.0.0.1', '::ffff:7f00:1', '::FFFF:10.0.0.1', '0:0:0:0:0:ffff:a9fe:a9fe'],
  ['IPv4 in IPv6, compatible', '::127.0.0.1', '::7f00:1', '::8.8.8.8'],
  ['IPv4 in IPv6, translated', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::a00:1'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['unique local', 'fc00::1', 'fd00::1', 'fd00:ec2::254'],
  ['site-local', 'fec0::1'],
  ['discard only', '100::1'],
  ['unassigned', '4000::1', '1fff::1', '5f00::1', 'e000::1'],
  ['zone ids', 'fe80::1%eth0', '2606:4700:4700::1111%eth0', '::1%lo'],
  [
    'short, octal and hexadecimal spellings',
    '127.1',
    '8.8',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '010.8.8.8',
    '0x8.8.8.8',
  ],
  [
    'what is no address',
    '',
    ' ',
    'localhost',
    'example.com',
    '8.8.8.8 ',
    '8.8.8.8.',
    '8.8.8.256',
    '[2606::1]',
    '1:2',
    ':::',
    '8.8.8.8/32',
  ],
];

const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.1',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '::ffff:808:808',
  '2606:4700:4700::1111',
  '2606:4700:4700:0:0:0:0:1111',
  '2001:200::1',
  '2001:4860:4860::8888',
  '2003::1',
  '2A00:1450:4001:80b::200e',
  '3ffe::1',
];

describe('isPublicAddress', () => {
  it.each(BLOCKED.flatMap(([what, ...addresses]) => addresses.map((address) => [address, what])))(
    'refuses %j (%s)',
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );

  it.each(PUBLIC)('accepts %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it('judges every IPv4 address as its IPv6-mapped forms', () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), ([a, b, c, d]) => {
        const verdict = isPublicAddress(`${a}.${b}.${c}.${d}`);
        const hex = `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        expect(isPublicAddress(`::ffff:${a}.${b}.${c}.${d}`)).toBe(verdict);
        expect(isPublicAddress(hex)).toBe(verdict);
      }),
    );
  });

  it('reads an IPv6 address alike in all its spellings', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (words) => {
        const hex = words.map((word) => word.toString(16));
        const tail = [words[6]! >> 8, words[6]! & 255, words[7]! >> 8, words[7]! & 255].join('.');
        const short = new URL(`http://[${hex.join(':')}]`).hostname.slice(1, -1);
        const spellings = [hex.join(':'), hex.join(':').toUpperCase(), short, `${hex.slice(0, 6).join(':')}:${tail}`];
        const verdicts = spellings.map((spelling) => isPublicAddress(spelling));
        expect(new Set(verdicts).size).toBe(1);
      }),
    );
  });

  it("agrees with Node's own block list on IPv6", () => {
    const global = new BlockList();
    global.addSubnet('2000::', 3, 'ipv6');
    const excepted = new BlockList();
    excepted.addSubnet('2001::', 23, 'ipv6');
    excepted.addSubnet('2001:db8::', 32, 'ipv6');
    excepted.addSubnet('2002::', 16, 'ipv6');
    excepted.addSubnet('3fff::', 20, 'ipv6');
    const first = fc.oneof(fc.nat(0xffff), fc.constantFrom(0x2001, 0x2002, 0x3fff, 0x2000, 0x1fff, 0x4000));
    const second = fc.oneof(fc.nat(0xffff), fc.constantFrom(0xdb8, 0x1ff, 0x200, 0xfff, 0x1000, 0));
    fc.assert(
      fc.property(first, second, fc.integer({ min: 1, max: 0xffff }), (a, b, h) => {
        const ip = `${a.toString(16)}:${b.toString(16)}:1:1:1:1:1:${h.toString(16)}`;
        expect(isPublicAddress(ip)).toBe(global.check(ip, 'ipv6') && !excepted.check(ip, 'ipv6'));
      }),
    );
  });

  it('is false, never an error, for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isPublicAddress(text)).toBe(false);
      }),
    );
  });
});

describe('parseNetwork', () => {
  it.each(['10.1.0.0/16', '127.0.0.1', '127.0.0.1/32', '0.0.0.0/0', 'fd00::/8', '::1'])('accepts %s', (cidr) => {
    expect(() => parseNetwork(cidr)).not.toThrow();
  });

  it.each([
    '10.1/16',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::ffff:10.0.0.0/104',
    'localhost',
    '',
  ])('refuses %j, naming it', (cidr) => {
    expect(() => parseNetwork(cidr)).toThrow(`"${cidr}" is not a network`);
  });
});
