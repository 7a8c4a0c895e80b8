import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateKey, KeyringError, keyIdOf, openSealed, parseKeyring, seal, SealError } from './index.js';

const key = generateKey('k1');
const place = ['org', 'connection 1', 'credentials'];

/** Why it does not open; null when it does. */
function refusal(...args: Parameters<typeof openSealed>): string | null {
  try {
    openSealed(...args);
    return null;
  } catch (error) {
    if (error instanceof SealError) return error.reason;
    throw error;
  }
}

describe('a sealed text', () => {
  it('opens in its place, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.string()), (text, anywhere) => {
        expect(openSealed(key, anywhere, seal(key, anywhere, text))).toBe(text);
      }),
    );
  });

  it('names its format and key, and is never the same twice', () => {
    const sealed = [1, 2, 3].map(() => seal(key, place, 'same'));
    expect(new Set(sealed).size).toBe(3);
    for (const one of sealed) {
      expect(one).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]{6}\.[\w-]{22}$/);
      expect(keyIdOf(one)).toBe('k1');
    }
  });

  it('does not open in another place, nor where the parts of a place are divided otherwise', () => {
    const sealed = seal(key, ['a', 'bc'], 'secret');
    for (const other of [['a'], ['ab', 'c'], ['a', 'bc', ''], ['a', 'bd'], []])
      expect(refusal(key, other, sealed)).toBe('TAMPERED');
  });

  it('does not open when any bit of it was flipped', () => {
    const sealed = seal(key, place, 'a secret');
    const [version = '', id = '', ...parts] = sealed.split('.');
    parts.forEach((part, index) => {
      const bytes = Buffer.from(part, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const changed = [version, id, ...parts.with(index, flipped.toString('base64url'))].join('.');
        expect(refusal(key, place, changed)).toBe('TAMPERED');
      }
    });
  });

  it('does not open with another key, whatever that calls itself', () => {
    const sealed = seal(key, place, 'secret');
    expect(refusal(generateKey('k2'), place, sealed)).toBe('UNKNOWN_KEY');
    expect(refusal(generateKey('k1'), place, sealed)).toBe('TAMPERED');
    const renamed = sealed.replace('.k1.', '.k2.');
    expect(refusal({ ...key, id: 'k2' }, place, renamed)).toBe('TAMPERED');
  });

  it('is told from any other text', () => {
    const sealed = seal(key, place, 'secret');
    for (const text of ['', 'secret', sealed.slice(0, -1), `${sealed}.`, sealed.replace('v1', 'v2'), `${sealed}\n`])
      expect(refusal(key, place, text)).toBe('MALFORMED');
  });
});

describe('a keyring', () => {
  const one = generateKey('one').bytes;
  const two = generateKey('two').bytes;

  it('writes with its first key and finds all', () => {
    const ring = parseKeyring(`new:${one.toString('base64')}, old:${two.toString('base64url')}`);
    expect(ring.ids).toEqual(['new', 'old']);
    expect(ring.first).toEqual({ id: 'new', bytes: one });
    expect(ring.find('old')?.bytes).toEqual(two);
    expect(ring.find('other')).toBeUndefined();
  });

  it('is refused without telling its bytes', () => {
    const good = one.toString('base64');
    const cases = {
      '': /entry 1 must be <id>:<base64/,
      [good]: /entry 1 must be <id>:<base64/,
      [`a:${good},`]: /entry 2/,
      [`a b:${good}`]: /entry 1/,
      'a:c2hvcnQ=': /the key "a" must be the base64 of 32 bytes/,
      [`a:${good.slice(0, 20)}!${good.slice(20)}`]: /the key "a"/,
      [`a:${good},a:${two.toString('base64')}`]: /"a" twice/,
    };
    for (const [text, message] of Object.entries(cases)) {
      expect(() => parseKeyring(text)).toThrow(KeyringError);
      expect(() => parseKeyring(text)).toThrow(message);
      try {
        parseKeyring(text);
      } catch (error) {
        expect((error as Error).message).not.toContain(good.slice(0, 20));
      }
    }
  });
});
