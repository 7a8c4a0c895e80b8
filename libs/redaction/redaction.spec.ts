import { describe, expect, it } from 'vitest';
import { HIDDEN, hideAt, leavesAt, Masker, parseRedactPath } from './index.js';

describe('a path', () => {
  it.each([
    ['input.card.number', { root: 'input', keys: ['card', 'number'] }],
    ['input.items[*].ssn', { root: 'input', keys: ['items', '*', 'ssn'] }],
    ['input.items.*.ssn', { root: 'input', keys: ['items', '*', 'ssn'] }],
    ['input.items[0]', { root: 'input', keys: ['items', '0'] }],
    ['output', { root: 'output', keys: [] }],
    ['variables.token', { root: 'variables', keys: ['token'] }],
    ['steps.charge-card.output.token', { root: 'steps', stepId: 'charge-card', side: 'output', keys: ['token'] }],
    ['steps.a.input', { root: 'steps', stepId: 'a', side: 'input', keys: [] }],
  ])('%s is read', (text, path) => {
    expect(parseRedactPath(text)).toEqual(path);
  });

  it.each([
    '',
    'card',
    'inputs.a',
    'input.',
    'input..a',
    'input.a[',
    'input.a[x]',
    'input.a[*',
    'steps',
    'steps.a',
    'steps.a.result',
    'steps.*.output',
    'input.a*',
  ])('"%s" is refused', (text) => {
    expect(parseRedactPath(text)).toBe(null);
  });
});

describe('places', () => {
  const value = { card: { number: '4111', cvc: 737 }, items: [{ ssn: 'a', n: 1 }, { ssn: null }, 'x'] };

  it('are hidden, and nothing else', () => {
    expect(hideAt(value, ['card', 'number'])).toEqual({ ...value, card: { number: HIDDEN, cvc: 737 } });
    expect(hideAt(value, ['items', '*', 'ssn'])).toEqual({
      ...value,
      items: [{ ssn: HIDDEN, n: 1 }, { ssn: null }, 'x'],
    });
    expect(hideAt(value, ['card', '*'])).toMatchObject({ card: { number: HIDDEN, cvc: HIDDEN } });
    expect(hideAt(value, [])).toBe(HIDDEN);
    expect(hideAt(value, ['none', 'of', 'these'])).toEqual(value);
  });

  it('tell their leaves', () => {
    expect(leavesAt(value, ['card'])).toEqual(['4111', 737]);
    expect(leavesAt(value, ['items', '*', 'ssn'])).toEqual(['a']);
    expect(leavesAt(value, ['items', '0'])).toEqual(['a', 1]);
  });
});

describe('values', () => {
  it('are hidden wherever they went', () => {
    const masker = new Masker(['4111 1111', 41111111, 'a"b.c']);
    expect(
      masker.mask({
        text: 'card 4111 1111!',
        whole: '4111 1111',
        number: 41111111,
        json: '{"x":"a\\"b.c"}',
        '41111111': 1,
        other: 'a"bxc',
      }),
    ).toEqual({
      text: 'card [redacted]!',
      whole: HIDDEN,
      number: HIDDEN,
      json: '{"x":"[redacted]"}',
      [HIDDEN]: 1,
      other: 'a"bxc',
    });
  });

  it('that are short stay, since they would take words with them', () => {
    expect(new Masker(['a', 1, '123']).mask('a banana 123')).toBe('a banana 123');
  });

  it('that are too many to look for hide everything', () => {
    const masker = new Masker(Array.from({ length: 600 }, (_, index) => `secret-${index}`));
    expect([masker.mask({ a: 1 }), masker.mask(null), masker.maskText('x')]).toEqual([HIDDEN, null, HIDDEN]);
  });
});
