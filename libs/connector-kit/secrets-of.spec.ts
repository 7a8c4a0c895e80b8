import { describe, expect, it } from 'vitest';
import { secretsOf } from './secrets-of.js';

describe('the secrets of a connection', () => {
  it('are its credential texts at every depth, short ones excepted', () => {
    expect(
      secretsOf({ credentials: { apiKey: 'sk_test_123', inner: { list: ['deep secret'] }, pin: '1234567' } }),
    ).toEqual(['sk_test_123', 'deep secret']);
  });

  it('include what basic authentication makes of them, even of short ones', () => {
    const basic = Buffer.from('me:pass').toString('base64');
    expect(secretsOf({ credentials: { username: 'me', password: 'pass' } })).toEqual([basic]);
  });
});
