import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { type Json, parseGuarded } from '#libs/json-guard';
import { applyEvent, emptyProgress } from './journal.js';
import { RUN_LIMIT, RunTooLarge, storable, Storage } from './storable.js';

const limits = { depth: 300, keys: Number.POSITIVE_INFINITY };

describe('a storable value', () => {
  it('is the same value where nothing is wrong with it', () => {
    const value = { text: 'naïve 😀', list: [1, null, { deep: true }] };
    expect(storable(value)).toBe(value);
  });

  it('has U+FFFD for NUL and for quarter a character, in keys as well', () => {
    expect(storable(['a\0b', '\ud83d', '\ude00\ud83d', '😀'])).toEqual(['a\ufffdb', '\ufffd', '\ufffd\ufffd', '😀']);
    expect(storable({ 'k\0': { x: '\udc00' } })).toEqual({ 'k\ufffd': { x: '\ufffd' } });
  });

  it('is taken by the guard of request bodies, whatever its text', () => {
    const texts = fc.array(fc.constantFrom('\0', '\ud83d', '\ude00', 'a', '😀', '"')).map((parts) => parts.join(''));
    const values = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        texts,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(texts, tie('value'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(values.value, (value) => {
        expect(() => parseGuarded(JSON.stringify(storable(value)), limits)).not.toThrow();
      }),
    );
  });

  it('has at most 256 levels and no __proto__', () => {
    let nested: Json = 0;
    for (let depth = 0; depth < 256; depth++) nested = { nested };
    expect(storable(nested)).toBe(nested);
    expect(() => storable([nested])).toThrow('nested deeper than 256 levels');
    expect(() => storable(JSON.parse('{"__proto__": 1}') as Json)).toThrow('__proto__');
  });
});

describe('what the steps of a run record', () => {
  const quarter = 'x'.repeat(RUN_LIMIT / 4);
  const inQuarters = (storage: Storage, count: number): void => {
    for (let kept = 0; kept < count; kept++) storage.keep([quarter]);
  };

  it('is bounded together', () => {
    const storage = new Storage(emptyProgress());
    expect(storage.keep({ a: 1 })).toEqual({ a: 1 });
    inQuarters(storage, 3);
    expect(() => inQuarters(storage, 1)).toThrow(RunTooLarge);
  });

  it('counts what earlier executions recorded', () => {
    const progress = emptyProgress();
    const at = '2026-11-22T10:00:00Z';
    applyEvent(progress, { type: 'step.started', at, stepId: 'a', attempt: 1, input: quarter });
    applyEvent(progress, { type: 'step.completed', at, stepId: 'a', attempt: 1, output: quarter });
    const storage = new Storage(progress);
    inQuarters(storage, 1);
    expect(() => inQuarters(storage, 1)).toThrow('together');
  });
});
