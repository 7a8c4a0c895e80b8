import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../auth/index.js';
import { categoryOf, limitOf, NoRateLimit, RateLimit, trackerOf } from './policy.js';

class Plain {
  plain(): void {}
  @RateLimit('execute') run(): void {}
}
@RateLimit('apps')
class Apps {
  plain(): void {}
  @NoRateLimit() free(): void {}
}

const SETTINGS = { WEBHOOK_CALLS_PER_ADDRESS: 5 };
const caller = { keyId: 'key', userId: 'user', limits: { execute: 7 } } as unknown as Caller;

function contextOf(type: new () => object, handler: string, request: object): ExecutionContext {
  const own = { getClass: () => type, getHandler: () => (type.prototype as Record<string, unknown>)[handler] };
  return { ...own, switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext;
}

describe('what a request counts as', () => {
  it.each([
    [Plain, 'plain', 'GET', 'read'],
    [Plain, 'plain', 'HEAD', 'read'],
    [Plain, 'plain', 'DELETE', 'write'],
    [Plain, 'run', 'POST', 'execute'],
    [Apps, 'plain', 'GET', 'apps'],
    [Apps, 'free', 'GET', null],
  ] as const)('%o %s %s is %s', (type, handler, method, category) => {
    expect(categoryOf(contextOf(type, handler, { method, caller }))).toBe(category);
  });

  it('on a public route is nothing, unless the route says so', () => {
    expect(categoryOf(contextOf(Plain, 'plain', { method: 'GET' }))).toBeNull();
    expect(categoryOf(contextOf(Plain, 'run', { method: 'GET' }))).toBe('execute');
  });
});

describe('a budget', () => {
  const context = contextOf(Plain, 'run', { method: 'POST', ip: '2001:db8::1:2:3:4', caller });

  it("has the caller's limit, else the category's", () => {
    expect(limitOf(context, 'execute', SETTINGS)).toBe(7);
    expect(limitOf(context, 'read', SETTINGS)).toBe(1000);
    expect(limitOf(context, 'webhooks', SETTINGS)).toBe(5);
  });

  it('is shared by the requests of a key, a user or an address', () => {
    expect(trackerOf(context, 'execute')).toBe('key');
    expect(trackerOf(context, 'apps')).toBe('user');
    expect(trackerOf(context, 'webhooks')).toBe('2001:db8::/64');
  });

  it('of a request without a caller is its address', () => {
    expect(trackerOf(contextOf(Plain, 'run', { ip: '::ffff:192.0.2.7' }), 'execute')).toBe('192.0.2.7');
  });
});
