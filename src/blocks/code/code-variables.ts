import type { Json, JsonObject } from '#libs/json-guard';
import type { CodeLanguage } from '#libs/sandbox';
import type { Scope } from '#libs/templates';
import { isReserved } from './reserved-names.js';

const NAME = /[A-Za-z_$][\w$]*/g;
/** A name in both languages. */
const IDENTIFIER = /^[A-Za-z_]\w*$/;
/** From here on `blocks` and `steps` hold only steps whose id stands in the code. */
const LARGE = 512 * 1024;

/**
 * What code reads, by name. Only what its text mentions is handed to it, for everything costs its way into another process:
 * - `input_data` and `input`: the block's input
 * - `variables`, and in a loop `item`, `index` and the loop's own names: as in templates
 * - `blocks`: outputs by the steps' ids; `steps`: the same as in templates, `steps[id].output`
 * - each step whose id is a name and not {@link isReserved}: its output
 */
export function variablesOf(code: string, language: CodeLanguage, input: Json, scope: Scope): JsonObject {
  const mentioned = new Set(code.match(NAME));
  const { steps, variables, names, item, index } = scope;
  const values = new Map<string, () => Json>();
  for (const [id, { output }] of Object.entries(steps)) values.set(id, () => output);
  for (const [name, value] of Object.entries({ item, index, ...names })) {
    if (value !== undefined) values.set(name, () => value);
  }
  values.set('input_data', () => input);
  values.set('input', () => input);
  values.set('variables', () => variables);
  values.set('blocks', () =>
    narrowed(
      code,
      Object.entries(steps).map(([id, { output }]) => [id, output]),
    ),
  );
  values.set('steps', () => narrowed(code, Object.entries(steps)));
  const readable = [...values].filter(
    ([name]) => mentioned.has(name) && IDENTIFIER.test(name) && !isReserved(name, language),
  );
  return Object.fromEntries(readable.map(([name, value]) => [name, value()]));
}

function narrowed(code: string, entries: [string, Json][]): JsonObject {
  const all = Object.fromEntries(entries);
  if (JSON.stringify(all).length <= LARGE) return all;
  return Object.fromEntries(entries.filter(([id]) => code.includes(id)));
}
