import { describe, expect, it } from 'vitest';
import { toIdempotencyKey } from './idempotency-key.js';

describe('the idempotency key of a request', () => {
  const MINE = ['order-7', 'my webhook:1', 'webhooks', 'Webhook:1'];
  const RESERVED = ['webhook:01a20000-0000-7000-8000-000000000000:evt_1', 'schedule:2026-11-24T10:00:00.000Z'];

  it.each(MINE)('may be %s', (key) => {
    expect(toIdempotencyKey(key, undefined)).toBe(key);
    expect(toIdempotencyKey(undefined, key)).toBe(key);
  });

  it.each(RESERVED)('is not one of the server: %s', (key) => {
    const refused = (path: string) =>
      expect.objectContaining({
        details: [{ path: [path], message: expect.stringContaining('must not begin') as string }],
      });
    expect(() => toIdempotencyKey(key, undefined)).toThrow(refused('idempotencyKey'));
    expect(() => toIdempotencyKey(undefined, key)).toThrow(refused('Idempotency-Key'));
    expect(() => toIdempotencyKey(key, key)).toThrow(refused('idempotencyKey'));
  });
});
