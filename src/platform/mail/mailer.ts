import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { callbackify } from 'node:util';
import { createTransport, type Transporter } from 'nodemailer';
import type { SafeSockets } from '#libs/safe-http';
import { Settings } from '../config/index.js';
import { OutboundMailSockets } from '../outbound/index.js';
import { MailFailure, mailFailure } from './mail-failure.js';
import { type Mailbox, addressOf } from './mailboxes.js';
import { checkMessage, type MailMessage } from './mail-message.js';
import { accountOptions, serverOptions, type SmtpAccount } from './smtp-options.js';

/** Which recipients the mail server took. */
export interface SentMail {
  messageId: string;
  accepted: string[];
  rejected: string[];
}

/** Connections to the operator's server that are kept open. */
const POOL_SIZE = 5;
/** Neither files nor URLs are read for a message, whatever it holds. */
const SEALED = { disableFileAccess: true, disableUrlAccess: true };

/**
 * Sends messages. Nothing is kept of a user's server, whose credentials are a step's; connections to the operator's are pooled and close with
 * the process.
 */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  private server: Transporter | undefined;

  constructor(
    private readonly settings: Settings,
    @Inject(OutboundMailSockets) private readonly sockets: SafeSockets,
  ) {}

  /** Whose name mail through the operator's server bears; null: there is none, or it has no sender. */
  get serverSender(): Mailbox | null {
    const { SMTP_URL, EMAIL_FROM } = this.settings;
    return SMTP_URL === undefined || EMAIL_FROM === undefined ? null : addressOf(EMAIL_FROM, 'EMAIL_FROM');
  }

  /** Sends through the operator's server. @throws MailFailure */
  async sendByServer(message: MailMessage, signal: AbortSignal): Promise<SentMail> {
    const { SMTP_URL } = this.settings;
    if (SMTP_URL === undefined) throw new MailFailure('CONNECTION_ERROR', 'SMTP_URL is not set on this server');
    this.server ??= createTransport({ ...serverOptions(SMTP_URL), pool: true, maxConnections: POOL_SIZE });
    return send(this.server, message, signal);
  }

  /** Sends through a server that a user named. @throws MailFailure */
  async sendThrough(account: SmtpAccount, message: MailMessage, signal: AbortSignal): Promise<SentMail> {
    const transport = this.transportFor(account, signal);
    try {
      return await send(transport, message, signal);
    } finally {
      transport.close();
    }
  }

  /** Connects and logs in. @throws MailFailure */
  async verify(account: SmtpAccount, signal: AbortSignal): Promise<void> {
    const transport = this.transportFor(account, signal);
    try {
      await transport.verify();
    } catch (error) {
      throw mailFailure(error);
    } finally {
      transport.close();
    }
  }

  onApplicationShutdown(): void {
    this.server?.close();
  }

  private transportFor(account: SmtpAccount, signal: AbortSignal): Transporter {
    const { host, port } = account;
    const open = callbackify(async () => ({ connection: await this.sockets.connect(host, port, signal) }));
    return createTransport({ ...accountOptions(account), getSocket: (_options, done) => open(done) });
  }
}

async function send(transport: Transporter, message: MailMessage, signal: AbortSignal): Promise<SentMail> {
  checkMessage(message);
  const { html, text, ...rest } = message;
  try {
    const { accepted = [], rejected = [] } = await transport.sendMail({
      ...SEALED,
      ...rest,
      to: [...message.to],
      cc: [...message.cc],
      bcc: [...message.bcc],
      replyTo: [...message.replyTo],
      attachments: [...message.attachments],
      ...(html !== null && { html }),
      ...(text !== null && { text }),
      signal,
    });
    return { messageId: message.messageId, accepted: accepted.map(plain), rejected: rejected.map(plain) };
  } catch (error) {
    throw mailFailure(error);
  }
}

const plain = (recipient: string | { address: string }): string =>
  typeof recipient === 'string' ? recipient : recipient.address;
