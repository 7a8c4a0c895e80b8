import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkHeaders, checkMethod, isCredential, requestHeaders, responseHeaders } from './headers.js';

describe('checkHeaders', () => {
  it('accepts ordinary headers, tabs and latin-1', () => {
    expect(() => checkHeaders({ 'X-Api-Key': 'k', accept: 'a\tb', 'x-name': 'Zoë £', empty: '' })).not.toThrow();
  });

  it.each(['a\r\nHost: evil', 'a\nb', 'a\rb', 'a\0b', 'a\u007fb', 'a\u001bb', 'ā', '€', '\u{1F600}'])(
    'refuses the value %j without repeating it',
    (value) => {
      expect(() => checkHeaders({ 'x-secret': value })).toThrow(
        expect.objectContaining({ code: 'INVALID_HEADER', message: expect.not.stringContaining(value) }),
      );
      expect(() => checkHeaders({ 'x-secret': value })).toThrow('"x-secret"');
    },
  );

  it.each(['', ' ', 'a b', 'a:', 'a\r\n', 'ä', '{{name}}', 'a\0'])('refuses the name %j', (name) => {
    expect(() => checkHeaders({ [name]: 'x' })).toThrow(expect.objectContaining({ code: 'INVALID_HEADER' }));
  });

  it.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'CONNECTION',
    'Upgrade',
    'te',
    'Trailer',
    'Keep-Alive',
    'Expect',
    'Proxy-Authorization',
    'proxy-connection',
    'Proxy-Anything',
  ])('keeps %s to the client', (name) => {
    expect(() => checkHeaders({ [name]: 'x' })).toThrow(`"${name}"`);
  });

  it('refuses one name in two spellings', () => {
    expect(() => checkHeaders({ Authorization: 'a', authorization: 'b' })).toThrow('given twice');
  });

  it('refuses what is no text', () => {
    expect(() => checkHeaders({ a: 1 } as unknown as Record<string, string>)).toThrow('"a"');
  });

  it('lets through no value that could end a header', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('\r', '\n', '\0', '\u0100'), fc.string(), (before, bad, after) => {
        expect(() => checkHeaders({ a: before + bad + after })).toThrow('"a"');
      }),
    );
  });
});

describe('checkMethod', () => {
  it('takes the usual methods in any case', () => {
    expect(['get', 'POST', 'Patch', 'delete'].map(checkMethod)).toEqual(['GET', 'POST', 'PATCH', 'DELETE']);
  });

  it.each(['', 'CONNECT', 'TRACE', 'GET /x HTTP/1.1\r\n', 'BREW'])('refuses %j', (method) => {
    expect(() => checkMethod(method)).toThrow(expect.objectContaining({ code: 'INVALID_HEADER' }));
  });
});

describe('requestHeaders', () => {
  it("puts the user's headers over the defaults", () => {
    const headers = requestHeaders({ Accept: 'text/csv', 'X-A': '1' }, 'Runhook');
    expect(Object.fromEntries(headers)).toEqual({
      accept: 'text/csv',
      'accept-encoding': 'gzip, deflate, br',
      'user-agent': 'Runhook',
      'x-a': '1',
    });
  });
});

describe('responseHeaders', () => {
  it('joins repeated fields', () => {
    expect(responseHeaders({ a: '1', 'set-cookie': ['x=1', 'y=2'] })).toEqual({ a: '1', 'set-cookie': 'x=1, y=2' });
  });
});

describe('isCredential', () => {
  it.each([
    'authorization',
    'cookie',
    'x-api-key',
    'apikey',
    'x-auth-token',
    'private-token',
    'x-session-id',
    'webhook-signature',
  ])('takes %s for one', (name) => {
    expect(isCredential(name)).toBe(true);
  });

  it.each(['accept', 'content-type', 'user-agent', 'idempotency-key', 'x-request-id', 'traceparent'])(
    'does not take %s for one',
    (name) => {
      expect(isCredential(name)).toBe(false);
    },
  );
});
