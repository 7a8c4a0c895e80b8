/**
 * What of a message is the document. An instruction above it is no part of it: the first line if it ends with a colon, or else the first
 * paragraph if that does. Any other message is a document as a whole, so nothing of one is ever lost.
 */
export function documentOf(message: string): string {
  const text = message.replace(/\r\n?/g, '\n').trimStart();
  const ends = [text.indexOf('\n'), text.search(/\n[^\S\n]*\n/)].map((end) => (end < 0 ? text.length : end));
  const end = ends.find((at) => /[:：]\s*$/.test(text.slice(Math.max(0, at - 100), at)));
  return (end === undefined ? text : text.slice(end)).trim();
}
