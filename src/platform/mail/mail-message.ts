import { invalidMessage } from './mail-failure.js';
import type { Mailbox } from './mailboxes.js';

/** Recipients of one message, copies included. */
const MOST_RECIPIENTS = 50;
/** Of texts and attachments together, before they are encoded. */
const LARGEST_MESSAGE = 10 * 1024 * 1024;
/** RFC 5322 §2.1.1. */
const LONGEST_SUBJECT = 998;
const CONTROL = /\p{Cc}/u;

/** A file that goes with a message. */
export interface Attachment {
  filename: string;
  content: Buffer;
  /** By the file's name where it is absent. */
  contentType?: string;
}

/** A message, with everything in it decided. */
export interface MailMessage {
  /** With its angle brackets. The same for every attempt, so that mail programs that see two show one. */
  messageId: string;
  from: Mailbox;
  to: readonly Mailbox[];
  cc: readonly Mailbox[];
  bcc: readonly Mailbox[];
  replyTo: readonly Mailbox[];
  subject: string;
  html: string | null;
  text: string | null;
  attachments: readonly Attachment[];
}

/** @throws MailFailure INPUT_INVALID for a message that no server should be asked to take */
export function checkMessage({ to, cc, bcc, subject, html, text, attachments }: MailMessage): void {
  const recipients = to.length + cc.length + bcc.length;
  if (to.length === 0) throw invalidMessage('"to" names nobody');
  if (recipients > MOST_RECIPIENTS) {
    throw invalidMessage(
      `a message has at most ${MOST_RECIPIENTS} recipients, copies included; this one has ${recipients}`,
    );
  }
  if (CONTROL.test(subject)) throw invalidMessage('"subject" holds a line break or another control character');
  if (subject.length > LONGEST_SUBJECT) throw invalidMessage(`"subject" is longer than ${LONGEST_SUBJECT} characters`);
  if (html === null && text === null) throw invalidMessage('the message needs "html" or "text"');
  attachments.forEach(checkAttachment);
  const size = [html ?? '', text ?? '', ...attachments.map(({ content }) => content)].reduce(
    (sum, part) => sum + Buffer.byteLength(part),
    0,
  );
  if (size > LARGEST_MESSAGE) throw invalidMessage(`the message is larger than ${LARGEST_MESSAGE / 1024 / 1024} MiB`);
}

function checkAttachment({ filename, contentType }: Attachment, index: number): void {
  if (filename === '' || filename.length > 255 || CONTROL.test(filename)) {
    throw invalidMessage(`"attachments.${index}.filename" must be 1 to 255 characters without line breaks`);
  }
  if (contentType !== undefined && !/^[\w.+-]+\/[\w.+-]+(?:;[ -~]*)?$/.test(contentType)) {
    throw invalidMessage(`"attachments.${index}.contentType" must be a media type such as application/pdf`);
  }
}
