import { describe, expect, it } from 'vitest';

import { createAddressPolicy } from './address-policy.js';
import { checkOutboundUrl } from './outbound-url.js';

const permits = createAddressPolicy();
const outcome = (url: string) => {
  try {
    return { code: 'accepted', message: checkOutboundUrl(url, permits).href };
  } catch (error) {
    return error as { code: string; message: string };
  }
};

describe('checkOutboundUrl', () => {
  it.each([
    'http://127.0.0.1',
    'http://127.1',
    'http://0',
    'http://0.0.0.0',
    'http://2130706433',
    'http://0x7f000001',
    'http://0x7f.1',
    'http://0X7F.0.0.1',
    'http://017700000001',
    'http://0177.0.0.1',
    'http://127.000.000.001',
    'http://127.0.0.1.',
    'http://%31%32%37.0.0.1',
    'http://①②⑦.⓪.⓪.①',
    'http://127。0。0。1',
    'http://１２７.0.0.1',
    'http:127.1',
    'http:\\\\127.0.0.1\\',
    ' http://127.0.0.1 ',
    'http://127.0.0.1:443',
    'HTTP://127.0.0.1',
    'http://[::]',
    'http://[::1]',
    'http://[0:0:0:0:0:0:0:1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[::127.0.0.1]',
    'http://[64:ff9b::7f00:1]',
    'http://[2002:7f00:1::]',
    'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
    'http://[fd00::1]',
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://0xA9FEA9FE/',
    'http://100.64.0.1',
    'http://8.8.8.8:5432',
    'http://8.8.8.8:6379',
    'https://8.8.8.8:22',
    'http://134744072:8080',
  ])('blocks %j', (url) => {
    expect(outcome(url).code).toBe('BLOCKED_ADDRESS');
  });

  it.each([
    '',
    'example.com',
    '//example.com',
    'file:///etc/passwd',
    'gopher://example.com',
    'data:text/plain,hi',
    'ftp://example.com',
    'ws://example.com',
    'javascript:alert(1)',
    'unix:/run/docker.sock',
    'http+unix://%2Frun%2Fdocker.sock/',
    'http://user:pass@example.com',
    'http://user@example.com',
    'http://:pass@example.com',
    'http://u:p@127.0.0.1',
    'http://',
    'http://1.2.3.4.5',
    'http://256.0.0.1',
    'http://[fe80::1%25eth0]/',
    'http://[::1',
    'http://example.com:65536',
  ])('does not take %j for a URL to request', (url) => {
    expect(outcome(url).code).toBe('INVALID_URL');
  });

  it.each([
    'http://example.com',
    'https://8.8.8.8',
    'http://[2606:4700:4700::1111]/',
    'https://example.com:8443/a?b=c',
    'http://localhost',
  ])('leaves %j to the check at connection time or accepts it', (url) => {
    expect(outcome(url).code).toBe('accepted');
  });

  it('drops the fragment and keeps path and query', () => {
    expect(checkOutboundUrl('https://example.com/a%20b?c=%26#secret', permits).href).toBe(
      'https://example.com/a%20b?c=%26',
    );
  });

  it('says the same about every blocked address and port, and names none', () => {
    const messages = ['http://127.0.0.1', 'http://10.0.0.1:5432', 'http://8.8.8.8:22', 'http://[::1]'].map(
      (url) => outcome(url).message,
    );
    expect(new Set(messages).size).toBe(1);
    expect(messages[0]).toMatch(/operator can change/);
    expect(messages[0]).not.toMatch(/127|10\.|::/);
  });
});
