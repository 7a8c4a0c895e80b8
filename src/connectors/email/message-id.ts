/**
 * The same for every attempt of a step: `<run.step@host>`. Ids of nested steps have brackets, which a Message-ID may not hold; no id has a dot
 * elsewhere, so the result is unique.
 * @example messageIdOf('019b', 'loop[3].send', 'example.com') // <019b.loop.3.send@example.com>
 */
export const messageIdOf = (runId: string, stepId: string, host: string): string =>
  `<${runId}.${stepId.replaceAll('[', '.').replaceAll(']', '')}@${host}>`;
