import { readFileSync } from 'node:fs';

/** The commands in a document's blocks without a language: each begins with a line that begins with `curl`. */
export function commandsOf(path: string): string[] {
  const blocks = readFileSync(path, 'utf8').matchAll(/^```(.*?)\n(.*?)^```$/gms);
  const commands = [...blocks].flatMap(([, language, block = '']) => (language === '' ? block : []));
  return commands.flatMap((block) =>
    block
      .replaceAll('\\\n', ' ')
      .trim()
      .split(/\n(?=curl )/),
  );
}

/** A command with each `$NAME` that is known replaced by its value. */
export const fillIn = (command: string, values: Record<string, string>): string =>
  command.replaceAll(/\$(\w+)/g, (_all, name: string) => values[name] ?? '');
