import { describe, expect, it } from 'vitest';
import type { WebhookVerification } from '../../workflows/index.js';
import { allowedHeaders } from './answer-headers.js';
import { eventIdOf } from './event-id.js';
import { toInput } from './webhook-input.js';

describe('the event of a call', () => {
  const idOf = (verification: WebhookVerification, headers: Record<string, string>, input = {}) =>
    eventIdOf(verification, { headers }, input);

  it('is where the vendor puts it', () => {
    expect(idOf({ scheme: 'github' }, { 'x-github-delivery': 'd1' })).toBe('d1');
    expect(idOf({ scheme: 'standard_webhooks' }, { 'webhook-id': 'm1' })).toBe('m1');
    expect(idOf({ scheme: 'stripe' }, {}, { id: 'evt_1' })).toBe('evt_1');
    expect(idOf({ scheme: 'slack' }, {}, { event_id: 'Ev1' })).toBe('Ev1');
    expect(idOf({ scheme: 'bearer' }, { 'webhook-id': 'm1' }, { id: 'x' })).toBeNull();
  });

  it('is where the verification says, which wins', () => {
    const verification = { scheme: 'stripe', eventId: { path: 'data.number' } } as const;
    expect(idOf(verification, {}, { id: 'evt_1', data: { number: 17 } })).toBe('17');
    expect(idOf({ scheme: 'hmac', eventId: { header: 'X-Id' } }, { 'x-id': ' a ' })).toBe('a');
  });

  it('is nothing where nothing of use stands there', () => {
    const at = (path: string, input: object) => idOf({ scheme: 'hmac', eventId: { path } }, {}, input);
    for (const id of [null, '', '  ', true, {}, ['x']]) expect(at('id', { id })).toBeNull();
    expect(at('constructor.name', {})).toBeNull();
    expect(at('a.b', { a: 'text' })).toBeNull();
    expect(at('length', { a: 1 })).toBeNull();
  });

  it('is a hash where it is long', () => {
    expect(idOf({ scheme: 'stripe' }, {}, { id: 'x'.repeat(201) })).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(idOf({ scheme: 'stripe' }, {}, { id: 'x'.repeat(200) })).toHaveLength(200);
  });
});

describe('the input of a call', () => {
  it('of a graph is JSON, or nothing', () => {
    const of = (text: string, type: string) =>
      toInput('graph', { rawBody: Buffer.from(text), headers: { 'content-type': type } });
    expect(of('a=1', 'application/x-www-form-urlencoded')).toEqual({});
    expect(of('hello', 'text/plain')).toEqual({});
    expect(toInput('graph', { rawBody: Buffer.from('{}'), headers: {}, json: { a: 1 } })).toEqual({ a: 1 });
    expect(toInput('graph', { rawBody: Buffer.from('[1]'), headers: {}, json: [1] })).toEqual({ body: [1] });
  });

  it('is nothing of bytes that are no text', () => {
    expect(toInput('api', { rawBody: Buffer.from([0xff, 0xfe]), headers: { 'content-type': 'text/plain' } })).toEqual(
      {},
    );
  });
});

describe('the headers that a workflow may set', () => {
  it('are its own', () => {
    const own = {
      'X-A': 'b',
      Location: '/x',
      'Content-Type': 'text/csv',
      'Cache-Control': 'max-age=60',
      'Retry-After': '5',
    };
    expect(allowedHeaders(own)).toEqual(own);
  });

  it.each([
    'Set-Cookie',
    'set-cookie2',
    'Connection',
    'Transfer-Encoding',
    'Content-Length',
    'Upgrade',
    'Proxy-Authenticate',
    'Content-Security-Policy',
    'Strict-Transport-Security',
    'X-RateLimit-Limit',
    'RateLimit',
    'Clear-Site-Data',
    'X-Request-Id',
    'bad name',
    '',
  ])('are not %s', (name) => {
    expect(allowedHeaders({ [name]: 'x' })).toEqual({});
  });

  it('hold no second header and no second answer', () => {
    for (const value of ['a\r\nb: c', 'a\nb', 'a\u0000', 'ü']) expect(allowedHeaders({ 'X-A': value })).toEqual({});
    expect(
      Object.keys(allowedHeaders(Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`x-${n}`, 'y'])))),
    ).toHaveLength(50);
  });
});
