import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { callbackify } from 'node:util';
import { SMTPServer } from 'smtp-server';

/** A message as the server received it. */
export interface ReceivedMail {
  /** Recipients of the envelope, those of blind copies included. */
  recipients: string[];
  sender: string;
  /** Null: nobody logged in. */
  user: string | null;
  mail: ParsedMail;
  raw: string;
}

/** Why the server refuses: an SMTP reply. */
export interface Refusal {
  code: number;
  message: string;
}

/** A real SMTP server on loopback, without TLS. */
export interface MailServer {
  port: number;
  /** In order of arrival. */
  mails: ReceivedMail[];
  /** Refuses a recipient or, for the address `DATA`, the message; undefined takes it. May change while the server runs. */
  refuse: (address: string) => Refusal | undefined;
  close(): Promise<void>;
}

/** @param login who may send; without it nobody has to log in */
export async function startMailServer(login?: { username: string; password: string }): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const state: Pick<MailServer, 'mails' | 'refuse'> = { mails, refuse: () => undefined };
  const refusal = (address: string): Error | null => {
    const refused = state.refuse(address);
    return refused ? Object.assign(new Error(refused.message), { responseCode: refused.code }) : null;
  };
  const server = new SMTPServer({
    disabledCommands: login ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
    authOptional: !login,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, callback) => {
      if (username === login?.username && password === login?.password) callback(null, { user: username });
      else callback(new Error(`535 no login for ${username} with ${password}`));
    },
    onRcptTo: ({ address }, _session, callback) => callback(refusal(address)),
    onData: (stream, { envelope, user }, callback) => {
      const receive = callbackify(async (): Promise<void> => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        const raw = Buffer.concat(chunks);
        const refused = refusal('DATA');
        if (refused) throw refused;
        mails.push({
          recipients: envelope.rcptTo.map(({ address }) => address),
          sender: envelope.mailFrom ? envelope.mailFrom.address : '',
          user: (user as string | undefined) ?? null,
          mail: await simpleParser(raw),
          raw: raw.toString(),
        });
      });
      receive((error) => callback(error));
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  });
}
