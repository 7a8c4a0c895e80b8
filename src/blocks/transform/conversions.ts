import { isEmail, isISO8601, isURL } from 'class-validator';
import type { Json } from '#libs/json-guard';

/** The value in another form; undefined when it has none. Never called with null. */
type Conversion = (value: Json) => Json | undefined;

const textOf = (value: Json): string | undefined => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

const onText =
  (change: (text: string) => Json | undefined): Conversion =>
  (value) => {
    const text = textOf(value);
    return text === undefined ? undefined : change(text);
  };

const onList =
  (change: (list: readonly Json[]) => Json | undefined): Conversion =>
  (value) =>
    Array.isArray(value) ? change(value) : undefined;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;

/** `1,234.50` and `1 234` too: separators of thousands are dropped. */
const toNumber = onText((text) => {
  const plain = text.trim().replaceAll(/(?<=\d)[, \u00a0](?=\d{3}(?:\D|$))/g, '');
  const number = NUMBER.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
});

const onNumber =
  (change: (number: number) => number): Conversion =>
  (value) => {
    const number = toNumber(value);
    return typeof number === 'number' ? change(number) : undefined;
  };

const BOOLEANS = new Map<string, boolean>([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['on', true],
  ['false', false],
  ['no', false],
  ['0', false],
  ['off', false],
]);

/** ISO 8601, or milliseconds since 1970; the time as UTC. */
const toTime: Conversion = (value) => {
  const known = typeof value === 'number' || (typeof value === 'string' && isISO8601(value.trim(), { strict: true }));
  const date = known ? new Date(typeof value === 'string' ? value.trim() : value) : null;
  return date && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
};

/** E.164 as far as that goes without knowing the country: digits, and `+` where the number has a country code. */
const toPhone = onText((text) => {
  const plain = text
    .trim()
    .replace(/^00/, '+')
    .replaceAll(/[\s().\-/]/g, '');
  return /^\+?\d{7,15}$/.test(plain) ? plain : undefined;
});

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();

/** By name: what `transform` and `type` of a rule may ask for. */
const CONVERSIONS = {
  direct: (value) => value,
  string: (value) => textOf(value) ?? JSON.stringify(value),
  number: toNumber,
  integer: onNumber((number) => Math.trunc(number)),
  round: onNumber((number) => Math.round(number)),
  boolean: onText((text) => BOOLEANS.get(text.trim().toLowerCase())),
  trim: onText((text) => text.trim()),
  whitespace: onText((text) => text.trim().replaceAll(/\s+/g, ' ')),
  lowercase: onText((text) => text.toLowerCase()),
  uppercase: onText((text) => text.toUpperCase()),
  capitalize: onText((text) => capitalize(text.trim())),
  name: onText((text) => text.trim().split(/\s+/).map(capitalize).join(' ')),
  email: onText((text) => (isEmail(text.trim()) ? text.trim().toLowerCase() : undefined)),
  url: onText((text) =>
    isURL(text.trim(), { require_protocol: true, require_tld: false }) ? new URL(text.trim()).href : undefined,
  ),
  phone: toPhone,
  date: (value) => (toTime(value) as string | undefined)?.slice(0, 10),
  datetime: toTime,
  first: onList((list) => list[0] ?? null),
  last: onList((list) => list.at(-1) ?? null),
  count: onList((list) => list.length),
} satisfies Record<string, Conversion>;

export type ConversionName = keyof typeof CONVERSIONS;
export const CONVERSION_NAMES = Object.keys(CONVERSIONS) as ConversionName[];

/** The value in the form asked for; undefined when it has none. Null stays null. */
export const convert = (name: ConversionName, value: Json): Json | undefined =>
  value === null ? null : (CONVERSIONS as Record<ConversionName, Conversion>)[name](value);
