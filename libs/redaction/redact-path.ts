/** A step of a path: the name of a member, the position in an array, or `*` for all of either. */
export type Key = string;

/** Places in the payloads of a run. */
export type RedactPath =
  | { root: 'input'; keys: readonly Key[] }
  | { root: 'output'; keys: readonly Key[] }
  | { root: 'variables'; keys: readonly Key[] }
  | { root: 'steps'; stepId: string; side: 'input' | 'output'; keys: readonly Key[] };

const SEGMENT = /\.([^.[\]*]+|\*)|\[(\d+|\*)\]/y;

/**
 * Reads `input.card.number`, `steps.charge.output.token`, `input.items[*].ssn`, `output`, `variables.token`. Null for what is none of these.
 * Member names that hold a dot, a bracket or `*` cannot be written; name the member above them.
 */
export function parseRedactPath(text: string): RedactPath | null {
  const root = /^(?:input|output|variables|steps)(?=[.[]|$)/.exec(text)?.[0];
  const keys = root === undefined ? null : parseKeys(text, root.length);
  if (root === undefined || keys === null) return null;
  if (root !== 'steps') return { root: root as 'input', keys };
  const [stepId, side, ...rest] = keys;
  if (stepId === undefined || stepId === '*' || (side !== 'input' && side !== 'output')) return null;
  return { root, stepId, side, keys: rest };
}

function parseKeys(text: string, from: number): Key[] | null {
  const keys: Key[] = [];
  for (SEGMENT.lastIndex = from; SEGMENT.lastIndex < text.length;) {
    const match = SEGMENT.exec(text);
    if (!match) return null;
    keys.push(match[1] ?? match[2] ?? '');
  }
  return keys;
}
