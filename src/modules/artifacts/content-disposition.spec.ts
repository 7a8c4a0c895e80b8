import { describe, expect, it } from 'vitest';
import { contentDisposition } from './content-disposition.js';

describe('Content-Disposition', () => {
  it.each([
    ['invoice.pdf', 'attachment; filename="invoice.pdf"'],
    ['an invoice.pdf', 'attachment; filename="an invoice.pdf"'],
    ['é.pdf', `attachment; filename="_.pdf"; filename*=UTF-8''%C3%A9.pdf`],
    ['a"b.pdf', `attachment; filename="a_b.pdf"; filename*=UTF-8''a%22b.pdf`],
    [`it's 50%.pdf`, `attachment; filename="it's 50_.pdf"; filename*=UTF-8''it%27s%2050%25.pdf`],
    ['😀', `attachment; filename="_"; filename*=UTF-8''%F0%9F%98%80`],
  ])('of %s is %s', (name, header) => {
    expect(contentDisposition(name)).toBe(header);
  });
});
