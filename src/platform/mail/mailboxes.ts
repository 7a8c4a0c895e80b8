import addressparser from 'nodemailer/lib/addressparser';
import { invalidMessage } from './mail-failure.js';

/** An address with the name of who has it, which may be empty. */
export interface Mailbox {
  name: string;
  address: string;
}

/** RFC 5321 §4.5.3.1: the longest that every server takes. */
const LONGEST_ADDRESS = 254;
/** An addr-spec without quoted parts, comments and address literals, which nobody has and every filter distrusts. */
const ADDRESS = /^[^\s"(),:;<>@[\\\]\p{Cc}]+@[^\s"(),:;<>@[\\\]\p{Cc}.]+(?:\.[^\s"(),:;<>@[\\\]\p{Cc}.]+)*$/u;
/** Line breaks would begin another header, and no name holds other control characters. */
const CONTROL = /\p{Cc}/u;

/**
 * The mailboxes in texts such as `a@example.com` and `Ann <a@example.com>, b@example.com`.
 * @param field names them in the error
 * @throws MailFailure INPUT_INVALID
 */
export function parseMailboxes(texts: readonly string[], field: string): Mailbox[] {
  return texts.flatMap((text) => {
    if (CONTROL.test(text)) throw invalidMessage(`"${field}" holds a line break or another control character`);
    const mailboxes = addressparser(text, { flatten: true });
    const wrong = mailboxes.length === 0 ? text : mailboxes.find(({ address }) => !isAddress(address));
    if (wrong !== undefined) throw invalidMessage(`"${field}" is not an email address: ${shown(wrong)}`);
    return mailboxes.map(({ name, address }) => ({ name, address }));
  });
}

/** The one address of a sender. @throws MailFailure INPUT_INVALID */
export function addressOf(text: string, field: string): Mailbox {
  const [mailbox, ...more] = parseMailboxes([text], field);
  if (!mailbox || more.length > 0) throw invalidMessage(`"${field}" must be one address`);
  return mailbox;
}

const isAddress = (address: string): boolean => address.length <= LONGEST_ADDRESS && ADDRESS.test(address);

function shown(wrong: string | { name: string; address: string }): string {
  const text = typeof wrong === 'string' ? wrong : wrong.address || wrong.name;
  return JSON.stringify(text.slice(0, 100));
}
