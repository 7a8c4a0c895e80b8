import { errorCatalogue } from '../errors/index.js';
import { STATUS_OF } from '../http/index.js';

/** Where `type` of a problem leads: every error code with its status and meaning, as a plain page. */
export function errorsPage(): string {
  const rows = errorCatalogue().map(({ code, kind, meaning }) => row(code, STATUS_OF[kind], meaning));
  rows.push(row('INTERNAL', 500, 'The server failed. Its log has the cause under the request id of the answer.'));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Runhook errors</title>
<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}dt{font-family:monospace;margin-top:1em}:target{background:#fe9}</style>
<h1>Errors</h1><dl>${rows.join('')}</dl></html>`;
}

const row = (code: string, status: number, meaning: string): string =>
  `<dt id="${code}">${code} · ${status}</dt><dd>${escaped(meaning)}</dd>`;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
