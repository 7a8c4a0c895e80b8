import { describe, expect, it } from 'vitest';

import { type Hop, nextHop } from './redirect.js';

const hop = (method: string): Hop => ({
  method,
  url: new URL('https://a.example/one/two?q=1'),
  headers: new Map([
    ['authorization', 'Bearer x'],
    ['content-type', 'application/json'],
    ['accept', '*/*'],
  ]),
  body: method === 'GET' ? undefined : '{}',
});
const names = (next: Hop | undefined) => [...(next?.headers.keys() ?? [])];

describe('nextHop', () => {
  it.each([200, 204, 300, 304, 305, 400, 500])('takes a %i for an answer', (status) => {
    expect(nextHop(hop('GET'), status, '/elsewhere')).toBeUndefined();
  });

  it('takes a redirect without Location for an answer', () => {
    expect(nextHop(hop('GET'), 302, undefined)).toBeUndefined();
  });

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
    [302, 'GET', 'GET'],
  ])('after a %i to a %s sends a %s', (status, method, expected) => {
    expect(nextHop(hop(method), status, '/three')?.method).toBe(expected);
  });

  it('drops the body and what describes it when the method becomes GET', () => {
    const next = nextHop(hop('POST'), 303, '/three');
    expect(next?.body).toBeUndefined();
    expect(names(next)).toEqual(['authorization', 'accept']);
  });

  it('repeats the body after 307 and 308', () => {
    const next = nextHop(hop('POST'), 308, '/three');
    expect(next?.body).toBe('{}');
    expect(names(next)).toEqual(['authorization', 'content-type', 'accept']);
  });

  it.each([
    ['three', 'https://a.example/one/three'],
    ['/three', 'https://a.example/three'],
    ['?q=2', 'https://a.example/one/two?q=2'],
    ['//b.example/x', 'https://b.example/x'],
    ['https://b.example', 'https://b.example/'],
  ])('resolves the location %j against the current URL', (location, expected) => {
    expect(nextHop(hop('GET'), 302, location)?.url.href).toBe(expected);
  });

  it.each(['https://b.example/', 'http://a.example/', 'https://a.example:8443/', 'https://a.example.evil/'])(
    'leaves credentials behind on the way to %s',
    (location) => {
      expect(names(nextHop(hop('GET'), 307, location))).toEqual(['content-type', 'accept']);
    },
  );

  it('leaves behind what it is told to be a credential, now and later', () => {
    const shop = { ...hop('GET'), headers: new Map([['x-shop', 'secret']]), credentials: new Set(['x-shop']) };
    expect(names(nextHop(shop, 307, '/two'))).toEqual(['x-shop']);
    expect(names(nextHop(nextHop(shop, 307, '/two')!, 307, 'https://b.example/'))).toEqual([]);
  });

  it('does not give credentials back when a later hop returns', () => {
    const away = nextHop(hop('GET'), 307, 'https://b.example/');
    expect(names(nextHop(away!, 307, 'https://a.example/'))).toEqual(['content-type', 'accept']);
  });

  it('refuses a location that is no URL', () => {
    expect(() => nextHop(hop('GET'), 302, 'http://[')).toThrow(expect.objectContaining({ code: 'INVALID_URL' }));
  });
});
