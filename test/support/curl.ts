import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('\nWARNING: no curl on PATH, printed commands are parsed and fetched instead.\n\n');

/** Runs a curl command as printed, through a shell, and returns what it prints; without curl on PATH it is parsed and fetched. */
export async function runCurl(command: string): Promise<string> {
  if (!hasCurl) return fetchCommand(command);
  const { stdout } = await promisify(execFile)('sh', ['-c', command]);
  return stdout;
}

/** Knows the options that printed commands use: -X, -H and -d. */
async function fetchCommand(command: string): Promise<string> {
  const [program, ...words] = shellWords(command);
  if (program !== 'curl') throw new Error(`not a curl command: ${command}`);
  const headers = new Headers();
  let method: string | undefined;
  let body: string | undefined;
  let url = '';
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const value = (): string => words[++at] ?? '';
    if (word === '-X') method = value();
    else if (word === '-d') body = value();
    else if (word === '-H') {
      const [name = '', text = ''] = value().split(/: (.*)/s);
      headers.set(name, text);
    } else url = word;
  }
  if (body !== undefined && !headers.has('content-type'))
    headers.set('content-type', 'application/x-www-form-urlencoded');
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    body: body ?? null,
  });
  return response.text();
}

/** The words of a POSIX shell command: quotes, backslashes and continued lines; no expansions. */
function shellWords(command: string): string[] {
  const text = command.replaceAll('\\\n', ' ');
  const words = text.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/gs);
  return [...words].map(([word]) =>
    word.replaceAll(
      /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
      (_, single?: string, double?: string, plain?: string) =>
        single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? plain ?? '',
    ),
  );
}
