import { describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { assertBoundTo } from './caller.js';
import { toCaller } from './key-verifier.js';
import type { KnownKey } from './keys/api-key.repository.js';

const known: KnownKey = {
  hash: Buffer.alloc(32),
  id: newId(),
  organization_id: newId(),
  user_id: newId(),
  plan: 'pro',
  usable: true,
  scopes: ['runs:read'],
  workflow_ids: null,
  rate_limits: null,
  settings: {},
};

describe('a caller', () => {
  it("has the key's own limits before the organization's", () => {
    const settings = { concurrency: 5, rateLimits: { execute: 50, read: 70 } };
    const caller = toCaller({ ...known, rate_limits: { execute: 10 }, settings }, 'bearer');
    expect(caller.limits).toEqual({ execute: 10, read: 70 });
    expect(caller.organization).toEqual({ concurrency: 5 });
  });

  it('may use every workflow unless its key is bound', () => {
    const [mine, other] = [newId(), newId()];
    expect(() => assertBoundTo(toCaller(known, 'bearer'), other)).not.toThrow();
    const bound = toCaller({ ...known, workflow_ids: [mine] }, 'x-api-key');
    expect(() => assertBoundTo(bound, mine)).not.toThrow();
    expect(() => assertBoundTo(bound, other)).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND', message: 'Workflow not found' }),
    );
  });
});
