import type { Json } from '#libs/json-guard';

/** What templates and expressions can see. Only own properties of plain JSON; other keys of the object are not visible. */
export interface Scope {
  input: Json;
  variables: Record<string, Json>;
  steps: Record<string, { output: Json }>;
  connection?: Json;
  run: { id: string };
  runId: string;
  /** ISO 8601 time; also what the date filter understands by `now`. */
  now: string;
  item?: Json;
  index?: number;
}

/** The names that open a path. */
export const ROOTS: ReadonlySet<string> = new Set([
  'input',
  'variables',
  'steps',
  'connection',
  'run',
  'runId',
  'now',
  'item',
  'index',
] satisfies (keyof Scope)[]);

/** The scope reduced to its roots, as Liquid's environment. */
export function visible(scope: object): Record<string, unknown> {
  const environment: Record<string, unknown> = {};
  for (const root of ROOTS) {
    const value = readProperty(scope, root);
    if (value !== undefined) environment[root] = value;
  }
  return environment;
}

/**
 * One step of a path, the same in templates and in expressions: own properties; of lists also `first`, `last`, `size` and
 * negative bracket indexes; of text and objects `size`. Anything else, functions included, is undefined.
 */
export function readProperty(subject: unknown, key: unknown): unknown {
  if (subject === null || (typeof subject !== 'object' && typeof subject !== 'string')) return undefined;
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  const index = typeof key === 'number' && key < 0 && Array.isArray(subject) ? subject.length + key : key;
  const value = Object.hasOwn(subject as object, index) ? (subject as Record<string, unknown>)[index] : undefined;
  if (typeof value === 'function') return undefined;
  return value === undefined ? derived(subject, key) : value;
}

function derived(subject: object | string, key: string | number): unknown {
  const sized = Array.isArray(subject) || typeof subject === 'string';
  if (key === 'size') return sized ? subject.length : Object.keys(subject).length;
  if (!Array.isArray(subject)) return undefined;
  if (key === 'first') return readProperty(subject, 0);
  if (key === 'last') return readProperty(subject, -1);
  return undefined;
}

export function readPath(subject: unknown, path: Path): unknown {
  let value = subject;
  for (const key of path) {
    if (value === null || value === undefined) return undefined;
    value = readProperty(value, key);
  }
  return value;
}

type Path = readonly (string | number)[];

const NAME = /[\w-]+/y;
const SEGMENT = /\.([\w-]+)|\[\s*(?:(-?\d{1,15})|"([^"\\]*)"|'([^'\\]*)')\s*\]/y;

/** A path written with names, `.0`, `[0]`, `[-1]` and `["name"]`; undefined for anything more. */
export function parsePath(source: string): Path | undefined {
  NAME.lastIndex = 0;
  const root = NAME.exec(source)?.[0];
  if (root === undefined) return undefined;
  const path: (string | number)[] = [root];
  SEGMENT.lastIndex = root.length;
  let end = root.length;
  for (let match = SEGMENT.exec(source); match !== null; match = SEGMENT.exec(source)) {
    const [, name, index, double, single] = match;
    path.push(index === undefined ? (name ?? double ?? single ?? '') : Number(index));
    end = SEGMENT.lastIndex;
  }
  return end === source.length ? path : undefined;
}
