/**
 * Mail through SMTP. Words: a *message* is what is to be sent, an *account* a mail server that a user named (it is reached only where the
 * operator lets outbound connections go); the *server's* mail server is the operator's own, `SMTP_URL`.
 */
export { addressOf, type Mailbox, parseMailboxes } from './mailboxes.js';
export { MailFailure } from './mail-failure.js';
export { type Attachment, checkMessage, type MailMessage } from './mail-message.js';
export { Mailer, type SentMail } from './mailer.js';
export type { SmtpAccount } from './smtp-options.js';
