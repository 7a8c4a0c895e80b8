import { describe, expect, it } from 'vitest';
import { targetUrl } from './target-url.js';

const connection = (baseUrl: string) => ({
  id: 'c',
  provider: 'http',
  name: 'api',
  credentials: {},
  settings: { baseUrl },
});

describe('the target of a request', () => {
  it.each([
    ['https://api.example.com', '/orders', 'https://api.example.com/orders'],
    ['https://api.example.com/v2', '/orders/7?full=1', 'https://api.example.com/v2/orders/7?full=1'],
    ['https://api.example.com/v2/', 'orders', 'https://api.example.com/v2/orders'],
    ['https://api.example.com/v2?key=1', 'orders?a=2', 'https://api.example.com/v2/orders?key=1&a=2'],
    ['https://api.example.com/v2', '', 'https://api.example.com/v2'],
    ['https://api.example.com', '//evil.example/x', 'https://api.example.com/evil.example/x'],
    ['https://api.example.com', '@evil.example', 'https://api.example.com/@evil.example'],
    ['https://api.example.com', 'https://evil.example/x', 'https://api.example.com/https://evil.example/x'],
  ])('below %s, %j is %s', (base, path, expected) => {
    expect(targetUrl(connection(base), path, undefined)).toBe(expected);
  });

  it('is an absolute URL of the same origin', () => {
    const url = 'https://api.example.com:443/elsewhere?x=1';
    expect(targetUrl(connection('https://api.example.com/v2'), undefined, url)).toBe(
      'https://api.example.com/elsewhere?x=1',
    );
  });

  it.each([
    'https://evil.example/',
    'http://api.example.com/',
    'https://api.example.com:8443/',
    'https://user:pass@api.example.com/',
    'https://api.example.com.evil.example/',
    'nonsense',
  ])('is not %s', (url) => {
    expect(() => targetUrl(connection('https://api.example.com/v2'), undefined, url)).toThrow(
      expect.objectContaining({ code: 'INVALID_URL' }),
    );
  });

  it.each(['../admin', '../v2admin', '/x/../../admin', '%2e%2e/admin', '..\\admin'])(
    'does not leave the base by %s',
    (path) => {
      expect(() => targetUrl(connection('https://api.example.com/v2'), path, undefined)).toThrow('may not lead out');
    },
  );
});
