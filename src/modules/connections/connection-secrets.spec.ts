import { describe, expect, it } from 'vitest';
import { hintsOf } from './connection-secrets.js';

describe('what is shown of credentials', () => {
  it('is the end of a long text, and nothing of anything else', () => {
    const shown = hintsOf({ apiKey: 'sk_live_0123456789', pin: '1234', short: 'elevenchars', list: ['a'], on: true });
    expect(shown).toEqual({ apiKey: '••••6789', pin: '••••', short: '••••', list: '••••', on: '••••' });
  });
});
