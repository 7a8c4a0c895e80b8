/**
 * The header that makes a browser save an answer under a name (RFC 6266): once for those who know `filename*` (RFC 8187), once in ASCII for
 * the others.
 * @example contentDisposition('é.pdf') // attachment; filename="_.pdf"; filename*=UTF-8''%C3%A9.pdf
 */
export function contentDisposition(name: string): string {
  const ascii = name.replaceAll(/[^ -~]|["\\%]/gu, '_');
  if (ascii === name) return `attachment; filename="${name}"`;
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
