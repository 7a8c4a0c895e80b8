import { describe, expect, it } from 'vitest';
import { compileHtmlTemplate, TemplateError, type Scope } from './index.js';

const scope: Scope = {
  input: { name: '<b>Ann & Bob</b>', list: ['<i>'], count: 3 },
  variables: {},
  steps: {},
  run: { id: 'run-1' },
  runId: 'run-1',
  now: '2026-11-22T10:00:00.000Z',
};
const render = (source: string) => compileHtmlTemplate(source).resolve(scope);

describe('an HTML template', () => {
  it.each([
    ['<p>{{ input.name }}</p>', '<p>&lt;b&gt;Ann &amp; Bob&lt;/b&gt;</p>'],
    ['{{ input.name }}', '&lt;b&gt;Ann &amp; Bob&lt;/b&gt;'],
    ['{{ input.name | upcase }}', '&lt;B&gt;ANN &amp; BOB&lt;/B&gt;'],
    ['{{ input.name | escape }}', '&lt;b&gt;Ann &amp; Bob&lt;/b&gt;'],
    ['{{ input.name | raw }}', '<b>Ann & Bob</b>'],
    ['{{ input.name | raw | append: "<" }}', '&lt;b&gt;Ann &amp; Bob&lt;/b&gt;&lt;'],
    ['{{ input.list }}', '[&#34;&lt;i&gt;&#34;]'],
    ['{{ input.count }}', '3'],
    ['{{ input.nope }}', ''],
    ['{% for item in input.list %}<li>{{ item }}</li>{% endfor %}', '<li>&lt;i&gt;</li>'],
    ['{% if input.count > 2 %}{{ input.name }}{% endif %}', '&lt;b&gt;Ann &amp; Bob&lt;/b&gt;'],
    ['<b>static & as it is</b>', '<b>static & as it is</b>'],
  ])('%s becomes %s', (source, html) => {
    expect(render(source)).toBe(html);
  });

  it('is refused with its position where it is broken', () => {
    expect(() => compileHtmlTemplate('<p>{{ input.name | nope }}</p>', ['html'])).toThrow(
      expect.objectContaining({ code: 'TEMPLATE_SYNTAX', path: ['html'], position: 3 }),
    );
    expect(() => compileHtmlTemplate('{% include "/etc/passwd" %}')).toThrow(TemplateError);
  });

  it('keeps to the limits of every template', () => {
    const bomb = '{% for i in (1..100000) %}{% for j in (1..100000) %}x{% endfor %}{% endfor %}';
    expect(() => render(bomb)).toThrow(expect.objectContaining({ code: 'TEMPLATE_LIMIT' }));
  });
});
