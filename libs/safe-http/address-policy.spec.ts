import { describe, expect, it } from 'vitest';

import { createAddressPolicy } from './address-policy.js';

const own = () => ['127.0.0.1', '8.8.4.4', 'fe80::1%eth0', '2606:4700:0:0::1'];

describe('createAddressPolicy', () => {
  it('permits public addresses on ports 80 and 443 only, unless told otherwise', () => {
    const permits = createAddressPolicy();
    expect([80, 443, 22, 5432, 8080].filter((port) => permits('8.8.8.8', port))).toEqual([80, 443]);
    expect(createAddressPolicy({ ports: [8443] })('8.8.8.8', 8443)).toBe(true);
    expect(createAddressPolicy({ ports: [8443] })('8.8.8.8', 443)).toBe(false);
  });

  it('permits every port inside an allowed network and nothing beside it', () => {
    const permits = createAddressPolicy({ allow: ['10.1.0.0/16', 'fd00:1::/32'] });
    expect(permits('10.1.255.255', 5432)).toBe(true);
    expect(permits('::ffff:10.1.0.1', 1)).toBe(true);
    expect(permits('fd00:1::5', 8080)).toBe(true);
    expect(permits('10.2.0.0', 80)).toBe(false);
    expect(permits('fd00:2::5', 80)).toBe(false);
  });

  it("refuses this machine's own public addresses unless they are allowed", () => {
    expect(createAddressPolicy({}, own)('8.8.4.4', 443)).toBe(false);
    expect(createAddressPolicy({}, own)('::ffff:8.8.4.4', 443)).toBe(false);
    expect(createAddressPolicy({}, own)('2606:4700::1', 443)).toBe(false);
    expect(createAddressPolicy({}, own)('8.8.8.8', 443)).toBe(true);
    expect(createAddressPolicy({ allow: ['8.8.4.4'] }, own)('8.8.4.4', 443)).toBe(true);
  });

  it('permits nothing that is not a plain address', () => {
    const permits = createAddressPolicy({ allow: ['0.0.0.0/0', '::/0'] });
    expect(['localhost', '127.1', 'fe80::1%eth0', ''].filter((text) => permits(text, 80))).toEqual([]);
  });

  it('refuses to start with an allow list it cannot read', () => {
    expect(() => createAddressPolicy({ allow: ['10.0.0.0/8', 'internal'] })).toThrow(RangeError);
  });
});
