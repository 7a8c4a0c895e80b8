import { describe, expect, it } from 'vitest';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { findIssues } from '../../platform/http/index.js';
import { EmailBlock } from './email.block.js';

const type = new EmailBlock();
const config = { to: '{{input.to}}', subject: 'Order {{input.id}}', body: { html: '<p>Total: ${{input.total}}</p>' } };

describe('email', () => {
  it('says that there is nothing to send through, and that trying again is no use', () => {
    const block = compileAlone(type, { config });
    expect(block.run(block.resolve(aScope()), aContext())).toMatchObject({
      kind: 'failed',
      error: {
        code: 'CONNECTION_ERROR',
        message: expect.stringMatching(/^Sending email is not set up on this server/),
      },
      retryable: false,
    });
  });

  it('shows the message as it would be sent', () => {
    const scope = aScope({ input: { to: 'a@example.com', id: 7, total: 4857.84 } });
    expect(compileAlone(type, { config }).resolve(scope)).toEqual({
      to: 'a@example.com',
      subject: 'Order 7',
      body: { html: '<p>Total: $4857.84</p>' },
    });
  });

  it.each([
    [{ ...config, to: [] }, ['to']],
    [{ ...config, to: ' ' }, ['to']],
    [{ ...config, cc: [1] }, ['cc']],
    [{ ...config, subject: 7 }, ['subject']],
    [{ ...config, body: 'Hello' }, ['body']],
    [{ ...config, body: { html: 1 } }, ['body', 'html']],
    [{ ...config, body: { markdown: '' } }, ['body', 'markdown']],
    [{ ...config, action: 'sendTemplate' }, ['action']],
    [{ to: config.to, subject: config.subject }, ['body']],
  ])('refuses %j', (bad, path) => {
    expect(findIssues(type.config, bad)).toMatchObject([{ path }]);
  });

  it('needs a body of one form at least', () => {
    expect(() => compileAlone(type, { config: { ...config, body: {} } })).toThrow('needs "html" or "text"');
  });
});
