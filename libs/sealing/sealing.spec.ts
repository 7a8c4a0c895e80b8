import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { open, parseKeyring, seal, sealedBy, SealError } from './index.js';

const key = () => randomBytes(32).toString('base64');
const ring = parseKeyring(`new:${key()},old:${key()}`);
const plain = Buffer.from('sk_live_secret');
const reasonOf = (work: () => unknown): string => {
  try {
    work();
    return 'opened';
  } catch (error) {
    return error instanceof SealError ? error.reason : 'another error';
  }
};

describe('a sealed text', () => {
  it('opens in its context with the key that sealed it, and looks different each time', () => {
    const [first, second] = [seal(ring.writing, plain, 'a|b'), seal(ring.writing, plain, 'a|b')];
    expect(open(ring, first, 'a|b')).toEqual(plain);
    expect(first).not.toBe(second);
    expect(first).toMatch(/^v1\.new(?:\.[\w-]+){3}$/);
    expect(sealedBy(first)).toBe('new');
    const old = ring.find('old');
    expect(old && open(ring, seal(old, plain, 'c'), 'c')).toEqual(plain);
  });

  it('opens nowhere else, and not when any part of it was changed', () => {
    const sealed = seal(ring.writing, plain, 'organization-1|field');
    expect(reasonOf(() => open(ring, sealed, 'organization-2|field'))).toBe('forged');
    const parts = sealed.split('.');
    for (const index of [2, 3, 4]) {
      const bytes = Buffer.from(parts[index] ?? '', 'base64url');
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      expect(
        reasonOf(() => open(ring, parts.with(index, bytes.toString('base64url')).join('.'), 'organization-1|field')),
      ).toBe('forged');
    }
    expect(reasonOf(() => open(ring, parts.with(1, 'old').join('.'), 'organization-1|field'))).toBe('forged');
    expect(reasonOf(() => open(ring, parts.with(1, 'gone').join('.'), 'organization-1|field'))).toBe('unknown_key');
    for (const text of ['', 'v1', 'v2.new.a.b.c', parts.slice(0, 4).join('.'), parts.with(4, 'AA').join('.')])
      expect(reasonOf(() => open(ring, text, 'organization-1|field'))).toBe('malformed');
  });
});

describe('a keyring', () => {
  it.each(['', 'k1', 'k1:short', `k1:${key()},k1:${key()}`, `k 1:${key()}`, `k1:${key()},`])(
    'refuses %j without repeating it',
    (text) => {
      expect(() => parseKeyring(text)).toThrow(/^entry [12] /);
    },
  );
});
