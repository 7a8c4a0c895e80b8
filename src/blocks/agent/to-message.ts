import type { Json, JsonObject } from '#libs/json-guard';

/** What a model is to be told and asked. */
export interface Message {
  /** Null: nothing beside what is configured. */
  instructions: string | null;
  text: string;
}

/** A text, a list of `{role, content}`, or any other value as JSON. */
export function toMessage(value: Json): Message {
  const entries = Array.isArray(value) ? value : [];
  if (entries.length === 0 || !entries.every(isEntry)) return { instructions: null, text: textOf(value) };
  const joined = (wanted: boolean) =>
    entries
      .filter(({ role }) => (role === 'system' || role === 'developer') === wanted)
      .map(({ content }) => textOf(content ?? null))
      .filter((text) => text !== '')
      .join('\n\n');
  return { instructions: joined(true) || null, text: joined(false) };
}

const isEntry = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'content' in value;

/** Contents may be lists of parts, of which those that have a text count. */
function textOf(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  const parts = Array.isArray(value) ? value.map(partOf) : [];
  if (parts.length > 0 && parts.every((part) => part !== null)) return parts.join('\n');
  return JSON.stringify(value);
}

const partOf = (part: Json): string | null =>
  typeof part === 'object' && part !== null && !Array.isArray(part) && typeof part['text'] === 'string'
    ? part['text']
    : null;
