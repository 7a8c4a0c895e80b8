import { describe, expect, it } from 'vitest';
import { RequestMask } from './masked-request.js';

const SECRET = 'whsec_ab+cd/ef==';
const mask = new RequestMask([SECRET], 'X-Proof');
const header = (value: string) => mask.headers({ 'x-any': value })['x-any'];

describe('what is written down of a request', () => {
  it.each([
    ['https://a.example/p?x=1&token=t-1&y=2', 'https://a.example/p?x=1&token=[redacted]&y=2'],
    ['/p?%74oken=t-1', '/p?%74oken=[redacted]'],
    ['/p?x=%zz&%74oken=t-1', '/p?x=%zz&%74oken=[redacted]'],
    ['https://a.example/p#access_token=t-1', 'https://a.example/p#access_token=[redacted]'],
    ['api_key=t-1', 'api_key=[redacted]'],
    ['/p?next=%2Fq%3Ftoken%3Dt-1&x=1', '/p?next=[redacted]&x=1'],
    ['/p?next=%252Fq%253Ftoken%253Dt-1', '/p?next=[redacted]'],
    ['%2Fp%3Ftoken%3Dt-1', '[redacted]'],
    ['/p?x=%2Fq%3Fy%3D1', '/p?x=%2Fq%3Fy%3D1'],
    ['text/html; q=0.9, a=b', 'text/html; q=0.9, a=b'],
  ])('has no secret parameters: %s', (given, written) => {
    expect(header(given)).toBe(written);
    expect(mask.path(given)).toBe(written);
  });

  it.each([
    ['as it is', SECRET],
    ['encoded', encodeURIComponent(SECRET)],
    ['encoded in small letters', encodeURIComponent(SECRET).toLowerCase()],
    ['encoded where it need not be', `%77hsec%5fab+cd/%65f=%3d`],
    ['encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
  ])('has not the secret %s', (_name, form) => {
    expect(header(`a ${form} b`)).toBe('a [redacted] b');
    expect(mask.path(`/p/${form}`)).toBe('/p/[redacted]');
  });

  it('has no headers that prove something', () => {
    expect(mask.headers({ 'x-proof': 'a', cookie: 'b', 'x-plain': 'c' })).toEqual({
      'x-proof': '[redacted]',
      cookie: '[redacted]',
      'x-plain': 'c',
    });
  });

  it('is found in a reasonable number of steps, whatever it is', () => {
    for (const text of ['%25', '?a=', '%3F', '&', '%2525%3D'])
      expect(header(text.repeat(5_000))?.length).toBeLessThanOrEqual(1_000);
  });
});
