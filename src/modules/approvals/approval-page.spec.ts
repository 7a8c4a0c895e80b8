import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { approvalPage, noticePage, PAGE_POLICY } from './approval-page.js';

const HOSTILE = `<script>alert("x")</script>'&`;

describe('the page of an approval', () => {
  it('shows what is asked as text, whatever it holds', () => {
    const view = { name: HOSTILE, message: HOSTILE, data: { [HOSTILE]: HOSTILE }, expiresAt: HOSTILE };
    for (const html of [approvalPage(view), noticePage(HOSTILE, HOSTILE)]) {
      expect(html).not.toContain('<script');
      expect(html).not.toMatch(/alert\("x"\)/);
      expect(html).toContain('&lt;script&gt;');
    }
  });

  it('allows its own style and form, and nothing else', () => {
    const style = /<style>([^]*)<\/style>/.exec(noticePage('a', 'b'))?.[1] ?? '';
    expect(PAGE_POLICY).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(PAGE_POLICY).toMatch(/^default-src 'none'; .*form-action 'self'.*frame-ancestors 'none'$/);
  });
});
