import { describe, expect, it } from 'vitest';
import { derivedId, formatId, generateApiKey, hashApiKey, isWellFormedApiKey, newId, parseId } from './index.js';

describe('ids', () => {
  it('are accepted with and without their prefix', () => {
    const id = newId();
    expect(parseId('run', formatId('run', id))).toBe(id);
    expect(parseId('run', id)).toBe(id);
    expect(parseId('run', id.toUpperCase())).toBe(id);
  });

  it('of another kind, or no ids at all, are null', () => {
    for (const value of [formatId('wf', newId()), 'run_', '', 'run_xyz', `${newId()}0`, "' or 1=1 --"]) {
      expect(parseId('run', value)).toBeNull();
    }
  });

  it('can be derived from others: the same for the same name, of the same time', () => {
    const origin = newId();
    const id = derivedId(origin, 'create');
    expect(parseId('agent', id)).toBe(id);
    expect(id.slice(0, 15)).toBe(`${origin.slice(0, 13)}-7`);
    expect(derivedId(origin, 'create')).toBe(id);
    const others = [derivedId(origin, 'other'), derivedId(newId(), 'create')];
    expect(new Set([id, ...others]).size).toBe(3);
  });

  it('sort by creation', () => {
    const ids = Array.from({ length: 200 }, newId);
    expect([...ids].sort()).toEqual(ids);
  });
});

describe('api keys', () => {
  it('carry a checksum that catches any changed character', () => {
    const key = generateApiKey();
    expect(key).toMatch(/^capi_[0-9A-Za-z]{36}$/);
    expect(isWellFormedApiKey(key)).toBe(true);
    for (let i = 5; i < key.length; i++) {
      const changed = key.slice(0, i) + (key[i] === 'a' ? 'b' : 'a') + key.slice(i + 1);
      expect(isWellFormedApiKey(changed)).toBe(false);
    }
  });

  it('are stored as 32 bytes', () => {
    expect(hashApiKey(generateApiKey())).toHaveLength(32);
  });
});
