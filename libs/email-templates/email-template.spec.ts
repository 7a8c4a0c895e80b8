import { describe, expect, it } from 'vitest';
import { aScope } from '../block-kit/compile-alone.js';
import { compileEmailTemplate } from './index.js';

describe('an email template', () => {
  const template = compileEmailTemplate({
    subject: 'Order {{ input.id }} for {{ name }}',
    html: '<p>{{ variables.name }}, {{ name }}, {{ variables.shop }}</p>',
    text: '{{ name }}',
  });

  it('sees its variables by both names, over those of the workflow, and what any template of the step sees', () => {
    const scope = aScope({ input: { id: 7 }, variables: { shop: 'Ours', name: 'nobody' } });
    expect(template.render(scope, { name: 'Ann & Bob' })).toEqual({
      subject: 'Order 7 for Ann & Bob',
      html: '<p>Ann &amp; Bob, Ann &amp; Bob, Ours</p>',
      text: 'Ann & Bob',
    });
  });

  it('makes text of whatever is put in', () => {
    expect(template.render(aScope(), { name: 5 })).toMatchObject({ text: '5' });
    expect(template.render(aScope(), {})).toMatchObject({ subject: 'Order  for ', text: '' });
  });

  it('does not let a variable take the place of a root', () => {
    const other = compileEmailTemplate({ subject: '{{ input.id }}', html: '{{ input.id }}', text: null });
    expect(other.render(aScope({ input: { id: 7 } }), { input: { id: 8 } })).toEqual({
      subject: '7',
      html: '7',
      text: null,
    });
  });

  it.each(['subject', 'html', 'text'])('is refused where its %s is broken', (member) => {
    const texts = { subject: 'a', html: 'b', text: 'c', [member]: '{{ nope' };
    expect(() => compileEmailTemplate(texts)).toThrow(expect.objectContaining({ path: [member] }));
  });
});
