import type { ArtifactStore } from '#libs/artifacts';
import type { BlockOutcome } from '#libs/block-kit';
import type { OpenConnection, Operation, OperationCall, Refused } from '#libs/connector-kit';
import type { JsonObject } from '#libs/json-guard';
import {
  addressOf,
  type Mailbox,
  Mailer,
  MailFailure,
  type MailMessage,
  parseMailboxes,
} from '../../platform/mail/index.js';
import { type AttachmentParameters, loadAttachment } from './attachments.js';
import { messageIdOf } from './message-id.js';
import { accountOf } from './smtp-connection.js';

type Addresses = string | string[];

interface SendParameters {
  to: Addresses;
  subject: string;
  html?: string;
  text?: string;
  from?: string;
  cc?: Addresses;
  bcc?: Addresses;
  replyTo?: Addresses;
  attachments?: AttachmentParameters[];
}

const ADDRESSES = { type: ['string', 'array'], items: { type: 'string' } };
const NOT_SET_UP =
  'Sending email is not set up: make a connection of the provider "email" for this organization, or set SMTP_URL and EMAIL_FROM on the server';

const ATTACHMENTS = {
  type: 'array',
  maxItems: 20,
  description: 'Files: each with content of its own, or an artifact of the run.',
  items: {
    type: 'object',
    additionalProperties: false,
    properties: {
      filename: {
        type: 'string',
        minLength: 1,
        maxLength: 255,
        description: "Name of the file; the artifact's by default.",
      },
      content: { type: 'string', description: 'The content.' },
      encoding: { enum: ['utf8', 'base64'], default: 'utf8', description: 'How `content` is written.' },
      contentType: { type: 'string', description: 'Media type; by the name of the file by default.' },
      artifact: { type: 'string', description: 'Name of an artifact of the run, in place of `content`.' },
    },
  },
};

export const sendOperation = (mailer: Mailer, artifacts: ArtifactStore): Operation => ({
  name: 'send',
  description: 'Sends an email message.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['to', 'subject'],
    anyOf: [{ required: ['html'] }, { required: ['text'] }],
    properties: {
      to: { ...ADDRESSES, description: 'Recipient, or a list of them; at most 50 with copies.' },
      subject: { type: 'string', description: 'Subject line.' },
      html: { type: 'string', description: 'The message as HTML.' },
      text: { type: 'string', description: 'The message as plain text.' },
      from: { type: 'string', description: "Sender; the connection's, or the server's, by default." },
      cc: { ...ADDRESSES, description: 'Recipients of a copy.' },
      bcc: { ...ADDRESSES, description: 'Recipients of a copy that the others do not see.' },
      replyTo: { ...ADDRESSES, description: 'Where answers go.' },
      attachments: ATTACHMENTS,
    },
  },
  output: {
    type: 'object',
    required: ['messageId', 'accepted', 'rejected'],
    properties: {
      messageId: { type: 'string', description: '`Message-ID`, the same for every attempt of the step.' },
      accepted: { type: 'array', items: { type: 'string' }, description: 'Recipients that the mail server took.' },
      rejected: { type: 'array', items: { type: 'string' }, description: 'Recipients that it did not take.' },
    },
  },
  example: { to: 'customer@example.com', subject: 'Order confirmed', text: 'Thank you for your order!' },
  run: (call) => run(mailer, artifacts, call),
});

async function run(mailer: Mailer, artifacts: ArtifactStore, call: OperationCall): Promise<BlockOutcome | Refused> {
  try {
    const message = await compose(mailer, artifacts, call);
    const sent = call.connection
      ? await mailer.sendThrough(accountOf(call.connection), message, call.signal)
      : await mailer.sendByServer(message, call.signal);
    return { kind: 'done', output: { ...sent } as JsonObject };
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    const { retryable = false, credentials = false } = error.extras;
    if (credentials && call.connection) return { kind: 'refused', message: error.message };
    return { kind: 'failed', error: { code: error.code, message: error.message }, retryable };
  }
}

async function compose(mailer: Mailer, artifacts: ArtifactStore, call: OperationCall): Promise<MailMessage> {
  const {
    to,
    subject,
    html,
    text,
    from,
    cc,
    bcc,
    replyTo,
    attachments = [],
  } = call.parameters as unknown as SendParameters;
  const sender = senderOf(mailer, call.connection, from);
  const host = sender.address.slice(sender.address.lastIndexOf('@') + 1);
  const files: MailMessage['attachments'][number][] = [];
  for (const [index, attachment] of attachments.entries()) {
    files.push(await loadAttachment(artifacts, call, attachment, index));
  }
  return {
    messageId: messageIdOf(call.runId, call.stepId, host),
    from: sender,
    to: mailboxes(to, 'to'),
    cc: mailboxes(cc, 'cc'),
    bcc: mailboxes(bcc, 'bcc'),
    replyTo: mailboxes(replyTo, 'replyTo'),
    subject,
    html: html ?? null,
    text: text ?? null,
    attachments: files,
  };
}

const mailboxes = (addresses: Addresses | undefined, field: string): Mailbox[] =>
  addresses === undefined ? [] : parseMailboxes([addresses].flat(), field);

/** Through the server's own mail server nobody writes in another's name. */
function senderOf(mailer: Mailer, connection: OpenConnection | null, from: string | undefined): Mailbox {
  if (connection) {
    const own = connection.settings['from'];
    const sender = from ?? (typeof own === 'string' ? own : undefined);
    if (sender !== undefined) return addressOf(sender, 'from');
    throw new MailFailure(
      'INPUT_INVALID',
      `"from" is needed: the connection "${connection.name}" has no sender of its own`,
    );
  }
  const { serverSender } = mailer;
  if (!serverSender) throw new MailFailure('CONNECTION_ERROR', NOT_SET_UP);
  if (from === undefined) return serverSender;
  const sender = addressOf(from, 'from');
  if (sender.address.toLowerCase() === serverSender.address.toLowerCase()) return sender;
  throw new MailFailure(
    'INPUT_INVALID',
    `"from" must be ${serverSender.address}, the server's own sender (EMAIL_FROM); an email connection may have another`,
  );
}
