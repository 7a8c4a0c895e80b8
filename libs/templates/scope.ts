import type { Json } from '#libs/json-guard';
import type { Budget } from './budget.js';
import type { Path } from './template-error.js';

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
  /** Names that a step gives to the steps it holds. Expressions find them as members of the scope itself. */
  names?: Record<string, Json>;
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
export function visible(scope: unknown): Record<string, unknown> {
  const environment: Record<string, unknown> = {};
  for (const root of ROOTS) {
    const value = readOwn(scope, root);
    if (value !== undefined) environment[root] = value;
  }
  const names = readOwn(scope, 'names');
  return names === undefined ? environment : { ...environment, ...(names as object) };
}

/**
 * One step of a path, the same in templates and in expressions: own properties; of lists also `first`, `last`, `size` and
 * negative bracket indexes; of text and objects `size`. Anything else, functions included, is undefined.
 */
export function readProperty(subject: unknown, key: unknown, budget: Budget): unknown {
  const value = readOwn(subject, key);
  if (value !== undefined) return value;
  if (key === 'size') return sizeOf(subject, budget);
  if (!Array.isArray(subject)) return undefined;
  if (typeof key === 'number' && key < 0) return readOwn(subject, subject.length + key);
  if (key === 'first') return readOwn(subject, 0);
  return key === 'last' ? readOwn(subject, subject.length - 1) : undefined;
}

function readOwn(subject: unknown, key: unknown): unknown {
  if (subject === null || (typeof subject !== 'object' && typeof subject !== 'string')) return undefined;
  if ((typeof key !== 'string' && typeof key !== 'number') || !Object.hasOwn(subject as object, key)) return undefined;
  const value = (subject as Record<string | number, unknown>)[key];
  return typeof value === 'function' ? undefined : value;
}

/** Elements of a list, characters of a text, keys of an object; counting keys is charged, because it is slow. */
function sizeOf(subject: unknown, budget: Budget): number | undefined {
  if (typeof subject === 'string' || Array.isArray(subject)) return subject.length;
  if (typeof subject !== 'object' || subject === null) return undefined;
  const { length } = Object.keys(subject);
  budget.use(length);
  return length;
}

export function readPath(subject: unknown, path: Path, budget: Budget): unknown {
  let value = subject;
  for (const key of path) {
    if (value === null || value === undefined) return undefined;
    value = readProperty(value, key, budget);
  }
  return value;
}

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
