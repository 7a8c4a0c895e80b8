import type { Json } from '#libs/json-guard';

/** Deep enough for every configuration that passed the edge. */
const DEEPEST = 64;
const OPENING = /\{[{%]|<(?!\s)([^<>{}"\\\n]{1,300})(?<!\s)>/g;
/** Only names of blocks may hold spaces, or every `a < b.c and d > 1` would be a reference. */
const SEGMENT = /^[\p{L}\p{N}_$@-]+$/u;

/**
 * Writes the references of the graph dialect, `<block.output.path>`, as templates, in every string of a value. What names no block stays
 * the text it is, so that markup does.
 * @param find the id of the block with this id or name
 * @example `Hello <start.output.name>` → `Hello {{steps["start"].output["output"]["name"]}}`
 */
export function translateBlockReferences(value: Json, find: (name: string) => string | undefined, depth = 0): Json {
  if (typeof value === 'string') return translateText(value, find);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((item) => translateBlockReferences(item, find, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, translateBlockReferences(member, find, depth + 1)]),
  );
}

/** Templates are left alone: what stands in them is theirs. */
function translateText(text: string, find: (name: string) => string | undefined): string {
  if (!text.includes('<')) return text;
  const opening = new RegExp(OPENING);
  let result = '';
  let done = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const [part, inside] = match;
    if (inside === undefined) {
      const end = text.indexOf(part === '{{' ? '}}' : '%}', opening.lastIndex);
      if (end < 0) break;
      opening.lastIndex = end + 2;
      continue;
    }
    result += text.slice(done, match.index) + (toTemplate(inside, find) ?? part);
    done = opening.lastIndex;
  }
  return result + text.slice(done);
}

function toTemplate(reference: string, find: (name: string) => string | undefined): string | null {
  const [name = '', ...path] = reference.split('.');
  const id = find(name.trim());
  if (id === undefined || path.length === 0 || !path.every((segment) => SEGMENT.test(segment))) return null;
  return `{{steps[${quoted(id)}].output${path.map((segment) => `[${keyOf(segment)}]`).join('')}}}`;
}

const quoted = (text: string): string => `"${text}"`;

/** The index of an item, or the name of a member. */
const keyOf = (segment: string): string => (/^\d{1,9}$/.test(segment) ? segment : quoted(segment.trim()));
