import { BlockList, isIP } from 'node:net';
import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport';

/** A mail server that a user named. */
export interface SmtpAccount {
  host: string;
  port: number;
  /** TLS from the start. */
  secure: boolean;
  /** Refuse to go on without STARTTLS; null: unless the host is this machine. */
  requireTLS: boolean | null;
  username: string | null;
  password: string | null;
}

/** A server that is silent for longer is given up, in milliseconds. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 15_000, socketTimeout: 60_000 };

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** This machine, or a neighbour that a name without a dot reaches, such as a service beside us in compose. */
function isNear(host: string): boolean {
  const family = isIP(host);
  if (family !== 0) return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
  return !host.includes('.');
}

/** How to talk to a user's server, without how to reach it. */
export function accountOptions(account: SmtpAccount): SMTPTransportOptions {
  const { host, port, secure, username, password } = account;
  return {
    ...TIMEOUTS,
    host,
    port,
    secure,
    requireTLS: account.requireTLS ?? !isNear(host),
    ...(username !== null && { auth: { user: username, pass: password ?? '' } }),
  };
}

/** How to talk to the operator's server. What the URL's query says (`?requireTLS=false`) holds. */
export function serverOptions(url: string): SMTPTransportOptions & { url: string } {
  const { hostname, searchParams } = new URL(url);
  const says = searchParams.has('requireTLS') || searchParams.has('ignoreTLS');
  return { ...TIMEOUTS, url, ...(!says && { requireTLS: !isNear(hostname.replace(/^\[|\]$/g, '')) }) };
}
