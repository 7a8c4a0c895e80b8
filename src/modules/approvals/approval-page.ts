import { createHash } from 'node:crypto';
import type { Json } from '#libs/json-guard';

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f4f2;color:#1c1c1a}
main{max-width:40rem;margin:3rem auto;padding:2rem;background:#fff;border:1px solid #ddd;border-radius:.5rem}
h1{font-size:1.25rem;margin:0 0 1rem}
pre{background:#f4f4f2;padding:1rem;border-radius:.25rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
textarea{box-sizing:border-box;width:100%;font:inherit;padding:.5rem;margin:.25rem 0 1rem;border:1px solid #999;border-radius:.25rem}
button{font:inherit;padding:.5rem 1.5rem;margin-right:.5rem;border:0;border-radius:.25rem;color:#fff;cursor:pointer}
.approve{background:#1a6b3c}.reject{background:#9b2c2c}small{color:#595955}`;

/** The page's own style and its own form are all that a browser may use. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What the page of one approval shows. */
export interface ApprovalView {
  /** Of the step, or its id. */
  name: string;
  message: string | null;
  data: Json;
  /** ISO 8601; null: as long as the run lasts. */
  expiresAt: string | null;
}

/** The page on which an approval is decided. Opening it decides nothing: programs that look at links in mails open them too. */
export function approvalPage({ name, message, data, expiresAt }: ApprovalView): string {
  const facts = data === null ? '' : `<pre>${escape(JSON.stringify(data, null, 2))}</pre>`;
  const limit = expiresAt === null ? '' : `<p><small>Until <time>${escape(expiresAt)}</time></small></p>`;
  return page(
    name,
    `${message === null ? '' : `<p>${escape(message).replaceAll('\n', '<br>')}</p>`}${facts}${limit}
<form method="post"><label>Comment (optional)<textarea name="comment" rows="3" maxlength="2000"></textarea></label>
<button class="approve" name="decision" value="approve">Approve</button><button class="reject" name="decision" value="reject">Reject</button></form>`,
  );
}

/** A page that only says something. */
export const noticePage = (title: string, text: string): string => page(title, `<p>${escape(text)}</p>`);

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>${escape(title)}</title><style>${STYLE}</style></head><body><main><h1>${escape(title)}</h1>
${body}</main></body></html>
`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
