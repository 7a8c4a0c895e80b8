import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { type BlockWorld, openBlockWorld } from '../../../test/support/block-world.js';
import { type MailServer, startMailServer } from '../../../test/support/mail-server.js';
import { findIssues } from '../../platform/http/index.js';
import { EmailConfigDto } from './email.config.dto.js';

let server: MailServer;
let world: BlockWorld;
const config = { to: '{{input.to}}', subject: 'Order {{input.id}}', body: { html: '<p>Total: ${{input.total}}</p>' } };

beforeAll(async () => {
  server = await startMailServer();
  world = await openBlockWorld({ env: { OUTBOUND_ALLOW: '127.0.0.0/8' } });
  world.vault.add({
    provider: 'email',
    name: 'mail',
    settings: { host: '127.0.0.1', port: server.port, from: 'shop@example.com' },
  });
  world.templates.templates.set('order-confirmed', {
    subject: 'Order {{ id }}',
    html: '<p>{{ name }}: {{ variables.total }} of {{ input.id }}</p>',
    text: 'Hello {{ name }}',
  });
  world.templates.templates.set('broken', { subject: '{{ name | divided_by: 0 }}', html: 'x', text: null });
});
afterEach(() => {
  server.mails.length = 0;
});
afterAll(async () => {
  await world.close();
  await server.close();
});

const compile = (given: JsonObject) => compileAlone(world.blocks.find('email')!, { config: given });
const run = (given: JsonObject, input: JsonObject = {}) => {
  const scope = aScope({ input });
  const block = compile(given);
  return block.run(block.resolve(scope), aContext({ scope }));
};

describe('email', () => {
  it('sends what its templates become', async () => {
    const input = { to: ['ann@example.com', 'bob@example.com'], id: 7, total: 4857.84 };
    expect(await run({ ...config, replyTo: '{{input.to.0}}' }, input)).toEqual({
      kind: 'done',
      output: { messageId: '<run-1.step-1@example.com>', accepted: input.to, rejected: [] },
    });
    expect(server.mails).toMatchObject([
      {
        recipients: input.to,
        mail: {
          subject: 'Order 7',
          html: expect.stringContaining('<p>Total: $4857.84</p>'),
          replyTo: { value: [{ address: 'ann@example.com' }] },
        },
      },
    ]);
  });

  it('takes html and text beside a body', async () => {
    await run({ to: 'ann@example.com', subject: 'Hi', text: 'Hello {{input.name}}' }, { name: 'Ann' });
    expect(server.mails[0]?.mail.text).toContain('Hello Ann');
  });

  it('fills in a stored template, escaped in HTML', async () => {
    const template = { name: 'order-confirmed', variables: { id: '{{input.id}}', name: '<Ann>', total: 5 } };
    await run({ action: 'sendTemplate', to: 'ann@example.com', template }, { id: 7 });
    await run(
      { action: 'sendTemplate', to: 'ann@example.com', subject: 'Own', template: { id: 'order-{{input.x}}' } },
      { x: 'confirmed' },
    );
    expect(server.mails.map(({ mail }) => mail)).toMatchObject([
      { subject: 'Order 7', html: '<p>&lt;Ann&gt;: 5 of 7</p>', text: expect.stringContaining('Hello <Ann>') },
      { subject: 'Own' },
    ]);
  });

  it.each([
    ['nope', 'TEMPLATE_NOT_FOUND', 'There is no email template "nope"'],
    ['broken', 'TEMPLATE_FAILED', 'The email template "broken" cannot be filled in: subject:'],
  ])('fails where the template %s cannot be sent', async (id, code, message) => {
    expect(await run({ action: 'sendTemplate', to: 'ann@example.com', template: { id } })).toMatchObject({
      kind: 'failed',
      error: { code, message: expect.stringContaining(message) },
      retryable: false,
    });
    expect(server.mails).toEqual([]);
  });

  it('attaches what its steps made, and an artifact of the run', async () => {
    await world.artifacts.save(
      { runId: 'run-1' },
      { name: 'a.pdf', mediaType: 'application/pdf', content: Buffer.from('%PDF') },
    );
    const attachments = [
      { filename: 'b.csv', content: '{{input.csv}}' },
      { artifact: 'a.pdf', filename: 'invoice.pdf' },
    ];
    const block = compile({ ...config, attachments });
    const scope = aScope({ input: { to: 'ann@example.com', csv: 'a,b' } });
    expect(block.resolve(scope)).toMatchObject({
      attachments: [
        { filename: 'b.csv', characters: 3 },
        { artifact: 'a.pdf', filename: 'invoice.pdf' },
      ],
    });
    await block.run(block.resolve(scope), aContext({ scope }));
    expect(server.mails[0]?.mail.attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
      ['b.csv', 'a,b'],
      ['invoice.pdf', '%PDF'],
    ]);
  });

  it('fails where the recipient is missing', async () => {
    expect(await run(config)).toMatchObject({
      error: { code: 'INPUT_INVALID', message: /to Required/ },
      retryable: false,
    });
  });

  it('shows the message as it would be sent', () => {
    const scope = aScope({ input: { to: 'a@example.com', id: 7, total: 4857.84 } });
    expect(compile({ ...config, connection: 'mail' }).resolve(scope)).toEqual({
      to: 'a@example.com',
      subject: 'Order 7',
      body: { html: '<p>Total: $4857.84</p>' },
      connection: 'mail',
    });
  });

  it('needs a connection only where it names one', () => {
    expect(compile(config).connections).toEqual([]);
    expect(compile({ ...config, connection: 'mail' }).connections).toEqual([{ provider: 'email', named: 'mail' }]);
  });

  it.each([
    [{ ...config, to: [] }, ['to']],
    [{ ...config, to: ' ' }, ['to']],
    [{ ...config, cc: [1] }, ['cc']],
    [{ ...config, subject: 7 }, ['subject']],
    [{ ...config, body: 'Hello' }, ['body']],
    [{ ...config, body: { html: 1 } }, ['body', 'html']],
    [{ ...config, body: { markdown: '' } }, ['body', 'markdown']],
    [{ ...config, action: 'schedule' }, ['action']],
    [{ ...config, provider: 'gmail' }, ['provider']],
    [{ ...config, attachments: [{ path: '/etc/passwd' }] }, ['attachments', 0, 'path']],
    [{ ...config, template: { id: 7 } }, ['template', 'id']],
  ])('refuses %j', (bad, path) => {
    expect(findIssues(EmailConfigDto, bad)).toMatchObject([{ path }]);
  });

  it.each([
    [{ ...config, body: {} }, 'needs "html" or "text"'],
    [{ to: config.to, body: config.body }, 'is needed'],
    [{ ...config, subject: null }, 'is needed'],
    [{ ...config, action: 'sendTemplate', template: { id: 'x' } }, 'comes from the template'],
    [{ to: config.to, action: 'sendTemplate' }, 'is needed by the action "sendTemplate"'],
    [{ to: config.to, action: 'sendTemplate', template: {} }, 'needs either "id" or "name"'],
    [{ ...config, template: { id: 'x' } }, 'is for the action "sendTemplate"'],
    [{ ...config, replyTo: 'a@b.c', reply_to: 'a@b.c' }, 'is the same as "replyTo"'],
    [{ ...config, attachments: [{ filename: 'a' }] }, 'needs either "content" or "artifact"'],
    [{ ...config, attachments: [{ content: 'a' }] }, 'is needed beside "content"'],
  ])('refuses %j when it is saved', (bad, message) => {
    expect(() => compile(bad as unknown as JsonObject)).toThrow(message);
  });
});
