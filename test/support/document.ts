import { readFileSync } from 'node:fs';

/** The commands in a document's blocks without a language, by line; a backslash at the end of one continues it. */
export function commandsOf(path: string): string[] {
  const blocks = [...readFileSync(path, 'utf8').matchAll(/```\n(.*?)```/gs)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.replaceAll('\\\n', ' ').trim().split('\n'));
}

/** A command with each `$NAME` that is known replaced by its value. */
export const fillIn = (command: string, values: Record<string, string>): string =>
  command.replaceAll(/\$(\w+)/g, (_all, name: string) => values[name] ?? '');
