import { SafeHttpError } from '#libs/safe-http';

/** Why a message was not sent; the text is for the run's owner. */
export class MailFailure extends Error {
  override readonly name = 'MailFailure';

  constructor(
    /** `INPUT_INVALID`: the message cannot be sent as it is; `SMTP_REFUSED`, `SMTP_UNAVAILABLE`; or the code of a refused connection. */
    readonly code: string,
    message: string,
    readonly extras: {
      /** Whether the same message may be taken later. */
      retryable?: boolean;
      /** The server does not accept the user name and password. */
      credentials?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: extras.cause });
  }
}

export const invalidMessage = (message: string): MailFailure => new MailFailure('INPUT_INVALID', message);

/** What nodemailer puts on its errors. */
interface SmtpError extends Error {
  code?: string;
  /** The server's reply code. */
  responseCode?: number;
  /** The server's reply. */
  response?: string;
}

/** Replies that refuse a message for good; 503 says that the session, not the message, was wrong. */
const isPermanent = (reply: number): boolean => reply >= 500 && reply !== 503;
/** Codes of errors that no repetition mends: TLS that is not there or does not verify, and messages that cannot be built. */
const PERMANENT = new Set(['ETLS', 'EREQUIRETLS', 'EMESSAGE', 'EENVELOPE', 'ECONFIG', 'ENOAUTH']);

/** Any error of sending, as what it means for the step. */
export function mailFailure(error: unknown): MailFailure {
  if (error instanceof MailFailure) return error;
  if (error instanceof SafeHttpError) {
    return new MailFailure(error.code, error.message, { retryable: error.retryable, cause: error });
  }
  if (!(error instanceof Error)) throw error;
  const { code = '', responseCode, response, message } = error as SmtpError;
  if (code === 'EABORT') return new MailFailure('ABORTED', 'Sending was aborted.', { cause: error });
  if (responseCode === undefined) {
    const what = `No mail could be sent (${code || 'unknown failure'}): ${message}`;
    return new MailFailure('SMTP_UNAVAILABLE', what, { retryable: !PERMANENT.has(code), cause: error });
  }
  return new MailFailure('SMTP_REFUSED', `The mail server answered: ${response ?? message}`, {
    retryable: !isPermanent(responseCode),
    credentials: code === 'EAUTH' && isPermanent(responseCode),
    cause: error,
  });
}
