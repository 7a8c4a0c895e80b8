import { filters } from 'liquidjs';
import { budgetOf, type Filter, type Filters } from './filter.js';
import { readProperty } from './scope.js';
import { toJson, toText } from './value.js';

/** Liquid's own, each read for patterns that backtrack, for prototypes and for output that grows without being charged. */
const TEXT = [
  'append',
  'prepend',
  'capitalize',
  'downcase',
  'upcase',
  'strip',
  'lstrip',
  'rstrip',
  'squish',
  'strip_html',
  'strip_newlines',
  'newline_to_br',
  'escape',
  'escape_once',
  'truncate',
  'truncatewords',
  'number_of_words',
  'slugify',
  'url_encode',
  'url_decode',
  'base64_encode',
  'base64_decode',
  'sha256',
  'hmac_sha256',
];

/** These look for their first argument in the text. */
const SEARCHING = ['replace', 'replace_first', 'replace_last', 'remove', 'remove_first', 'remove_last', 'split'];

export function builtin(name: string): Filter {
  return filters[name] as Filter;
}

/** Hands Liquid's filter text, so that lists and objects appear as JSON in it. */
function onText(name: string): Filter {
  const filter = builtin(name);
  return function (value, ...args) {
    return filter.call(
      this,
      toText(value),
      ...args.map((argument) => (isObject(argument) ? toText(argument) : argument)),
    );
  };
}

function searching(name: string): Filter {
  const filter = onText(name);
  return function (value, needle, ...args) {
    const text = toText(value);
    const sought = toText(needle);
    budgetOf(this).search(text, sought);
    return filter.call(this, text, sought, ...args);
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** `now` and `today` are the scope's time, so that a repeated step computes the same. UTC and English unless asked. */
const date: Filter = function (value, ...args) {
  const time =
    value === 'now' || value === 'today' ? readProperty(this.context.environments, 'now', budgetOf(this)) : value;
  return builtin('date').call(this, time, ...args);
};

/** @param indent blanks a level, 0 to 10 */
const json: Filter = function (value, indent) {
  return JSON.stringify(toJson(value, budgetOf(this)), null, typeof indent === 'number' ? indent : 0);
};

export const textFilters: Filters = {
  ...Object.fromEntries(TEXT.map((name) => [name, onText(name)])),
  ...Object.fromEntries(SEARCHING.map((name) => [name, searching(name)])),
  date,
  json,
};
