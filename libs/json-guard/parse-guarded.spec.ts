import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { JsonGuardError } from './json-guard-error.js';
import { JSON_LIMITS } from './json.js';
import { parseGuarded } from './parse-guarded.js';

function refusal(text: string, limits = {}): JsonGuardError {
  try {
    parseGuarded(text, limits);
  } catch (error) {
    if (error instanceof JsonGuardError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 80)}`);
}

describe('parseGuarded', () => {
  it('gives what JSON.parse gives for every text that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        fc.pre(!/\\u0000|__proto__/.test(text) && !/(?<![.\d])\d{16}/.test(text));
        expect(parseGuarded(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses as SYNTAX exactly what JSON.parse refuses, for texts close to JSON', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '"a"',
      '"b"',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'null',
      ' ',
      '\\u00e9',
      "'",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 10 }), (tokens) => {
        const text = tokens.join('');
        const byParser = outcome(() => JSON.parse(text) as unknown);
        const byGuard = outcome(() => parseGuarded(text));
        // Well-formed, but refused on purpose: a key twice, and numbers such as 1e310.
        const onPurpose = byParser === 'SYNTAX' ? [] : ['DUPLICATE_KEY', 'UNSAFE_NUMBER'];
        expect([byParser, ...onPurpose]).toContain(byGuard);
      }),
      { numRuns: 3000, examples: [[['1', 'e3', '1', '0']]] },
    );
  });

  it.each([
    ['', 'the end of the text', 0],
    ['  ', 'the end of the text', 2],
    ['{"a":1,}', 'no comma after the last member', 7],
    ['[1,]', 'expected a value', 3],
    ['[1 2]', 'expected "," or "]"', 3],
    ['{"a" 1}', 'expected ":"', 5],
    ["{'a':1}", 'double quotes', 1],
    ['{"a":1} x', 'nothing more', 8],
    ['"abc', 'not closed', 4],
    ['"a\nb"', 'escape control characters', 2],
    ['"\\x41"', 'escape', 1],
    ['"\\u12G4"', 'hexadecimal', 1],
    ['01', 'must not start with 0', 0],
    ['-', 'a digit', 1],
    ['1.', 'a digit', 2],
    ['1e+', 'a digit', 3],
    ['NaN', 'expected a value', 0],
    ['Infinity', 'expected a value', 0],
    ['nul', 'expected a value', 0],
    ['\u00a01', 'expected a value', 0],
  ])('says where %j is not JSON and what it expected', (text, hint, position) => {
    const error = refusal(text);
    expect(error).toMatchObject({ reason: 'SYNTAX', position });
    expect(error.message).toContain(hint);
  });

  it('refuses a byte order mark and says how to send the text', () => {
    expect(refusal('\ufeff{}')).toMatchObject({
      reason: 'SYNTAX',
      position: 0,
      message: expect.stringContaining('byte order mark'),
    });
  });

  it('takes 64 levels of nesting and refuses the 65th, whether of arrays or of objects', () => {
    expect(parseGuarded('['.repeat(64) + ']'.repeat(64))).toBeInstanceOf(Array);
    expect(refusal('['.repeat(65) + ']'.repeat(65))).toMatchObject({
      reason: 'TOO_DEEP',
      pointer: '/0'.repeat(64),
      position: 64,
    });
    expect(refusal('{"a":'.repeat(65) + '1' + '}'.repeat(65))).toMatchObject({
      reason: 'TOO_DEEP',
      pointer: '/a'.repeat(64),
    });
    expect(parseGuarded('1', { depth: 0 })).toBe(1);
  });

  it('refuses a million opening brackets without exhausting the stack', () => {
    expect(refusal('['.repeat(1_000_000)).reason).toBe('TOO_DEEP');
    expect(refusal('{"a":'.repeat(1_000_000)).reason).toBe('TOO_DEEP');
  });

  it('counts keys over the whole text', () => {
    const member = '{"k":1},';
    expect(parseGuarded(`[${member.repeat(JSON_LIMITS.keys)}0]`)).toHaveLength(10_001);
    expect(refusal(`[${member.repeat(JSON_LIMITS.keys + 1)}0]`)).toMatchObject({
      reason: 'TOO_MANY_KEYS',
      pointer: '/10000/k',
    });
  });

  it('refuses a text that is longer than the limit', () => {
    expect(refusal('"12345678"', { size: 9 }).reason).toBe('TOO_LARGE');
    expect(parseGuarded('"12345678"', { size: 10 })).toBe('12345678');
  });

  it('refuses __proto__ as a key, however it is written, and allows it as a value', () => {
    expect(refusal('{"a":{"__proto__":{"polluted":1}}}')).toMatchObject({
      reason: 'FORBIDDEN_KEY',
      pointer: '/a/__proto__',
      position: 6,
    });
    expect(refusal('{"\\u005f_proto_\\u005F":1}').reason).toBe('FORBIDDEN_KEY');
    expect(parseGuarded('["__proto__"]')).toEqual(['__proto__']);
  });

  it('treats other names of Object.prototype as ordinary keys', () => {
    const value = parseGuarded('{"constructor":{"prototype":1},"toString":2,"hasOwnProperty":3}');
    expect(Object.keys(value as object)).toEqual(['constructor', 'toString', 'hasOwnProperty']);
  });

  it('refuses a key that occurs twice in one object, also when one is written with escapes', () => {
    expect(refusal('{"a":1,"b":{"c":1,"c":2}}')).toMatchObject({
      reason: 'DUPLICATE_KEY',
      pointer: '/b/c',
      position: 18,
    });
    expect(refusal('{"a":1,"\\u0061":2}')).toMatchObject({ reason: 'DUPLICATE_KEY', pointer: '/a' });
    expect(parseGuarded('[{"a":{"a":1}},{"a":2}]')).toEqual([{ a: { a: 1 } }, { a: 2 }]);
  });

  it('refuses the NUL character in keys and strings, escaped or raw', () => {
    expect(refusal('{"a":["x","\\u0000"]}')).toMatchObject({ reason: 'NUL_CHARACTER', pointer: '/a/1', position: 11 });
    expect(refusal('"\0"').reason).toBe('NUL_CHARACTER');
    expect(refusal('{"a":{"b\\u0000":1}}')).toMatchObject({ reason: 'NUL_CHARACTER', pointer: '/a' });
    expect(parseGuarded('"\\\\u0000"')).toBe('\\u0000');
  });

  it.each([
    '\\ud800',
    '\\udc00',
    '\\ud800x',
    '\\ud800\\ud800',
    '\\ud800\\u0041',
    '\ud800',
    '\udc00',
    '\ud800x',
    '\\uD800\\n',
  ])('refuses the lone surrogate in "%s"', (content) => {
    expect(refusal(`["${content}"]`)).toMatchObject({ reason: 'LONE_SURROGATE', pointer: '/0', position: 2 });
    expect(refusal(`{"${content}":1}`)).toMatchObject({ reason: 'LONE_SURROGATE', pointer: '' });
  });

  it('keeps surrogate pairs, escaped or raw', () => {
    expect(parseGuarded('["\\ud83d\\uDE00","\u{1f600}",{"\u{1f600}":1}]')).toEqual([
      '\u{1f600}',
      '\u{1f600}',
      { '\u{1f600}': 1 },
    ]);
  });

  it.each(['9007199254740992', '-9007199254740992', '12345678901234567890', '1'.repeat(400)])(
    'refuses the integer %s',
    (literal) => {
      const error = refusal(`{"id":${literal}}`);
      expect(error).toMatchObject({ reason: 'UNSAFE_NUMBER', pointer: '/id', position: 6 });
      expect(error.message).toContain('send it as a string');
      expect(error.message.length).toBeLessThan(200);
    },
  );

  it.each(['1e400', '-1e400', '1e-400', `0.${'0'.repeat(400)}1`, `${'9'.repeat(400)}.5`, '-4.9e-999', '1e99999999999'])(
    'refuses %s, which would become infinite or zero',
    (literal) => {
      expect(refusal(literal)).toMatchObject({ reason: 'UNSAFE_NUMBER', position: 0 });
    },
  );

  it.each([
    '9007199254740991',
    '-9007199254740991',
    '0',
    '-0',
    '0.0',
    '0e500',
    '0.000e-999',
    '19.99',
    '1e20',
    '1E+308',
    '5e-324',
    `0.${'0'.repeat(400)}`,
  ])('takes %s as an IEEE double', (literal) => {
    expect(parseGuarded(literal)).toBe(Number(literal));
  });

  it('escapes pointers by RFC 6901 and shortens long keys in them', () => {
    expect(refusal('{"a/b":{"m~n":NaN}}').pointer).toBe('/a~1b/m~0n');
    expect(refusal(`{"${'k'.repeat(100_000)}":NaN}`).pointer).toBe(`/${'k'.repeat(64)}…`);
    expect(refusal(`{"${'k'.repeat(63)}\u{1f600}":NaN}`).pointer).toBe(`/${'k'.repeat(63)}…`);
  });

  it('leaves Object.prototype alone', () => {
    refusal('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

/** The value, or the reason of the refusal; -0 and 0 stay apart through the text. */
function outcome(parse: () => unknown): string {
  try {
    return `value ${JSON.stringify(parse())}`;
  } catch (error) {
    return error instanceof JsonGuardError ? error.reason : 'SYNTAX';
  }
}
