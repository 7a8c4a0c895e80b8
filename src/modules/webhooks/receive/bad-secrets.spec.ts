import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '../../../platform/config/index.js';
import { BadSecrets } from './bad-secrets.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

describe('bad secrets', () => {
  const of = (webhook: string, address = '203.0.113.7') => [webhook, address] as const;
  const limited = /Too many invalid secrets/;

  it('close a webhook to an address until the window frees a place', () => {
    const bad = new BadSecrets(loadSettings({ AUTH_FAILURES_PER_MINUTE: '3' }));
    for (let call = 0; call < 3; call++) {
      expect(() => bad.assertPlace(...of('a'))).not.toThrow();
      bad.count(...of('a'));
      vi.advanceTimersByTime(10_000);
    }
    expect(() => bad.assertPlace(...of('a'))).toThrow(limited);
    expect(() => bad.count(...of('a'))).toThrow(limited);
    expect(() => bad.assertPlace(...of('a', '203.0.113.8'))).not.toThrow();
    expect(() => bad.assertPlace(...of('b'))).not.toThrow();
    vi.advanceTimersByTime(29_999);
    expect(() => bad.assertPlace(...of('a'))).toThrow(limited);
    vi.advanceTimersByTime(1);
    expect(() => bad.assertPlace(...of('a'))).not.toThrow();
    bad.count(...of('a'));
    expect(() => bad.assertPlace(...of('a'))).toThrow(limited);
  });
});
