import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callOperation, type OpenConnection } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import { aContext } from '../../../libs/block-kit/compile-alone.js';
import { type MailServer, startMailServer } from '../../../test/support/mail-server.js';
import { MemoryArtifacts, MemoryVault } from '../../../test/support/memory-ports.js';
import { loadSettings } from '../../platform/config/index.js';
import { Mailer } from '../../platform/mail/index.js';
import { OutboundMailSockets } from '../../platform/outbound/index.js';
import { EmailConnector } from './email.connector.js';

const LOGIN = { username: 'mailer', password: 'canary-password' };
const artifacts = new MemoryArtifacts();
let server: MailServer;
let mailers: Mailer[] = [];

beforeAll(async () => {
  server = await startMailServer(LOGIN);
});
afterEach(() => {
  server.mails.length = 0;
  server.refuse = () => undefined;
  for (const mailer of mailers) mailer.onApplicationShutdown();
  mailers = [];
});
afterAll(() => server.close());

const connectorWith = (env: Record<string, string> = { OUTBOUND_ALLOW: '127.0.0.0/8' }): EmailConnector => {
  const settings = loadSettings(env);
  const mailer = new Mailer(settings, new OutboundMailSockets(settings));
  mailers.push(mailer);
  return new EmailConnector(mailer, artifacts);
};
const smtp = (members: Partial<OpenConnection> = {}) => ({
  provider: 'email',
  name: 'mail',
  credentials: LOGIN,
  settings: { host: '127.0.0.1', port: server.port, from: 'Shop <shop@example.com>' },
  ...members,
});
const send = (
  parameters: JsonObject,
  connection: ReturnType<typeof smtp> | null = smtp(),
  connector = connectorWith(),
  stepId = 'step-1',
) => {
  const vault = new MemoryVault();
  if (connection) vault.add(connection);
  const step = { connector, operation: connector.operations[0]!, parameters, connection: null };
  return callOperation(vault, step, aContext({ stepId }));
};
const mail = { to: 'ann@example.com', subject: 'Hello', text: 'Hi' };

describe('email.send through a connection', () => {
  it('delivers everything that the message has', async () => {
    await artifacts.save(
      { runId: 'run-1' },
      { name: 'a.pdf', mediaType: 'application/pdf', content: Buffer.from('%PDF') },
    );
    const outcome = await send({
      to: ['Ann <ann@example.com>', 'bob@example.com'],
      cc: 'cc@example.com, cc2@example.com',
      bcc: ['hidden@example.com'],
      replyTo: 'answers@example.com',
      subject: 'Ünïcode ✓',
      html: '<p>Hi</p>',
      text: 'Hi',
      attachments: [
        { filename: 'b.csv', content: 'a,b', contentType: 'text/csv' },
        { filename: 'c.bin', content: 'AAEC', encoding: 'base64' },
        { artifact: 'a.pdf' },
      ],
    });
    const recipients = ['ann', 'bob', 'cc', 'cc2', 'hidden'].map((name) => `${name}@example.com`);
    expect(outcome).toEqual({
      kind: 'done',
      output: { messageId: '<run-1.step-1@example.com>', accepted: recipients, rejected: [] },
    });
    const [received] = server.mails;
    expect(received).toMatchObject({ recipients, sender: 'shop@example.com', user: 'mailer' });
    expect(received?.raw).not.toContain('hidden@example.com');
    expect(received?.mail).toMatchObject({
      messageId: '<run-1.step-1@example.com>',
      subject: 'Ünïcode ✓',
      html: '<p>Hi</p>',
      text: expect.stringContaining('Hi'),
      from: { value: [{ name: 'Shop', address: 'shop@example.com' }] },
      replyTo: { value: [{ address: 'answers@example.com' }] },
    });
    expect(
      received?.mail.attachments.map(({ filename, contentType, content }) => [
        filename,
        contentType,
        content.toString('hex'),
      ]),
    ).toEqual([
      ['b.csv', 'text/csv', Buffer.from('a,b').toString('hex')],
      ['c.bin', 'application/octet-stream', '000102'],
      ['a.pdf', 'application/pdf', Buffer.from('%PDF').toString('hex')],
    ]);
  });

  it('has a Message-ID that nested steps share with nobody', async () => {
    await send(mail, smtp(), connectorWith(), 'loop[3].send');
    expect(server.mails[0]?.mail.messageId).toBe('<run-1.loop.3.send@example.com>');
  });

  it.each([
    [{ to: [] }, /"to" names nobody/],
    [{ to: 'nobody' }, /"to" is not an email address: "nobody"/],
    [{ to: 'ann@example.com\r\nBcc: evil@example.com' }, /"to" holds a line break/],
    [{ to: '"a b"@example.com' }, /"to" is not an email address/],
    [{ cc: 'x@y@z' }, /"cc" is not an email address/],
    [{ subject: 'Hello\r\nBcc: evil@example.com' }, /"subject" holds a line break/],
    [{ from: 'a@example.com, b@example.com' }, /"from" must be one address/],
    [{ to: Array.from({ length: 51 }, (_, index) => `a${index}@example.com`) }, /at most 50 recipients/],
    [
      { attachments: [{ filename: 'a', content: '?', encoding: 'base64' }] },
      /"attachments.0" has "content" that is not base64/,
    ],
    [{ attachments: [{ content: 'x' }] }, /"attachments.0" needs a "filename"/],
    [{ attachments: [{ artifact: 'no.pdf' }] }, /names the artifact "no.pdf", which this run does not have/],
    [{ attachments: [{ filename: 'a\r\nX: y', content: 'x' }] }, /"attachments.0.filename" must be/],
    [{ attachments: [{ filename: 'a', content: 'x'.repeat(11 * 1024 * 1024) }] }, /larger than 10 MiB/],
  ])('refuses %j before anything is sent', async (members, message) => {
    expect(await send({ ...mail, ...(members as JsonObject) })).toMatchObject({
      kind: 'failed',
      error: { code: 'INPUT_INVALID', message: expect.stringMatching(message) },
      retryable: false,
    });
    expect(server.mails).toEqual([]);
  });

  it.each([
    [450, true],
    [550, false],
  ])('a recipient refused with %i: retryable is %s', async (code, retryable) => {
    server.refuse = () => ({ code, message: 'no such box' });
    expect(await send(mail)).toMatchObject({ kind: 'failed', error: { code: 'SMTP_REFUSED' }, retryable });
  });

  it('tells which recipients were refused where others were not', async () => {
    server.refuse = (address) => (address === 'bob@example.com' ? { code: 550, message: 'no' } : undefined);
    expect(await send({ ...mail, to: ['ann@example.com', 'bob@example.com'] })).toMatchObject({
      output: { accepted: ['ann@example.com'], rejected: ['bob@example.com'] },
    });
  });

  it('fails with CONNECTION_ERROR where the login is refused', async () => {
    expect(await send(mail, smtp({ credentials: { ...LOGIN, password: 'wrong-password' } }))).toMatchObject({
      error: {
        code: 'CONNECTION_ERROR',
        message: expect.stringMatching(/refuses the credentials of the connection "mail"/),
      },
      retryable: false,
    });
  });

  it('does not send in the clear where TLS is required', async () => {
    const settings = { host: '127.0.0.1', port: server.port, from: 'a@example.com', requireTLS: true };
    expect(await send(mail, smtp({ settings }))).toMatchObject({ kind: 'failed', retryable: false });
    expect(server.mails).toEqual([]);
  });

  it('reaches no server that outbound connections may not reach', async () => {
    expect(await send(mail, smtp(), connectorWith({}))).toMatchObject({
      error: { code: 'BLOCKED_ADDRESS' },
      retryable: false,
    });
    const settings = { host: 'localhost', port: server.port, from: 'a@example.com' };
    expect(await send(mail, smtp({ settings }), connectorWith({}))).toMatchObject({
      error: { code: 'BLOCKED_ADDRESS' },
    });
  });

  it('may succeed later where no server listens', async () => {
    const settings = { host: '127.0.0.1', port: 1, from: 'a@example.com' };
    expect(await send(mail, smtp({ settings }))).toMatchObject({ error: { code: 'CONNECT_FAILED' }, retryable: true });
  });

  it('is tested by logging in', async () => {
    const { connection } = connectorWith();
    const opened = { id: 'c', ...smtp() };
    expect(await connection.test(opened, AbortSignal.timeout(5_000))).toEqual({ ok: true });
    const wrong = { ...opened, credentials: { ...LOGIN, password: 'wrong-password' } };
    expect(await connection.test(wrong, AbortSignal.timeout(5_000))).toMatchObject({ ok: false, message: /535/ });
    expect(server.mails).toEqual([]);
  });
});

describe("email.send through the server's own mail server", () => {
  const env = () => ({
    SMTP_URL: `smtp://${LOGIN.username}:${LOGIN.password}@127.0.0.1:${server.port}`,
    EMAIL_FROM: 'Runhook <runhook@example.org>',
  });

  it('delivers, whatever outbound connections may reach', async () => {
    expect(await send(mail, null, connectorWith(env()))).toMatchObject({
      output: { messageId: '<run-1.step-1@example.org>', accepted: ['ann@example.com'] },
    });
    expect(server.mails).toMatchObject([{ sender: 'runhook@example.org', user: 'mailer' }]);
  });

  it('lets nobody write in another name', async () => {
    const named = { ...mail, from: 'Orders <runhook@example.org>' };
    expect(await send(named, null, connectorWith(env()))).toMatchObject({ kind: 'done' });
    expect(await send({ ...mail, from: 'boss@example.org' }, null, connectorWith(env()))).toMatchObject({
      error: { code: 'INPUT_INVALID', message: expect.stringMatching(/must be runhook@example.org/) },
    });
  });

  it('says how to set it up where it is not', async () => {
    for (const some of [{}, { SMTP_URL: 'smtp://127.0.0.1:1' }]) {
      expect(await send(mail, null, connectorWith(some))).toMatchObject({
        error: {
          code: 'CONNECTION_ERROR',
          message: expect.stringMatching(/connection of the provider "email".*SMTP_URL and EMAIL_FROM/),
        },
        retryable: false,
      });
    }
  });
});
