import type { Json } from '#libs/json-guard';
import { Budget } from './budget.js';
import { References } from './references.js';
import type { Scope } from './scope.js';
import { caught, type Path } from './template-error.js';
import { compileHtml, compileText, hasTemplate } from './text-template.js';
import { fromEntries, weigh, type Evaluate } from './value.js';

/** A JSON value with the templates in its strings compiled. */
export interface Template {
  /** Static paths read from the scope, each once, e.g. `['steps', 'calculate-total', 'output', 'total']`. */
  readonly references: readonly (readonly string[])[];
  /** No string holds a template: `resolve` returns the same frozen value at no cost. */
  readonly isStatic: boolean;
  /**
   * The value with its templates filled in. It may share parts with the scope and with other results: treat it as
   * immutable.
   * @throws TemplateError TEMPLATE_FAILED or TEMPLATE_LIMIT
   */
  resolve(scope: Scope): Json;
}

export type Compiled = { readonly literal: Json } | { readonly evaluate: Evaluate };

/**
 * Compiles a JSON value (nested up to 64 deep) in which every string is a template; object keys are literal.
 *
 * A string that is exactly one `{{ … }}` keeps the type of its value; inside text, strings go in as they are, null as
 * nothing, anything else as JSON. A missing path is null. One `resolve` takes at most 100 ms and makes at most 1 MiB of text.
 * @param path where the value stands, to begin the paths of errors
 * @throws TemplateError TEMPLATE_SYNTAX or TEMPLATE_LIMIT, with the path and position of the broken string
 */
export function compileTemplate(value: Json, path: Path = []): Template {
  const references = new References();
  return toTemplate(compileValue(value, path, references), references);
}

/**
 * Compiles HTML in which what each `{{ … }}` puts in is escaped, unless its last filter is `raw`, `escape` or `escape_once`. Limits as in
 * {@link compileTemplate}; the result is text.
 * @throws TemplateError TEMPLATE_SYNTAX or TEMPLATE_LIMIT
 */
export function compileHtmlTemplate(source: string, path: Path = []): Template {
  const references = new References();
  return toTemplate(compileString(source, path, references, compileHtml), references);
}

function toTemplate(compiled: Compiled, references: References): Template {
  return {
    references: references.list(),
    isStatic: 'literal' in compiled,
    resolve: 'literal' in compiled ? () => compiled.literal : (scope) => compiled.evaluate(scope, new Budget()),
  };
}

/** A value as a part of something larger. @throws TemplateError, also in the result */
export function compileValue(value: Json, path: Path, references: References): Compiled {
  if (typeof value === 'string') return compileString(value, path, references);
  if (typeof value !== 'object' || value === null) return { literal: value };
  const build = Array.isArray(value) ? listOf : objectOf(Object.keys(value));
  const parts = Object.entries(value).map(([key, part]) =>
    compileValue(part, [...path, Array.isArray(value) ? Number(key) : key], references),
  );
  const literals = parts.flatMap((part) => ('literal' in part ? [part.literal] : []));
  if (literals.length === parts.length) {
    const literal = build(literals);
    Object.freeze(literal);
    return { literal };
  }
  return { evaluate: (scope, budget) => build(parts.map((part) => resolvePart(part, scope, budget))) };
}

function resolvePart(part: Compiled, scope: unknown, budget: Budget): Json {
  return 'literal' in part ? part.literal : part.evaluate(scope, budget);
}

function listOf(values: Json[]): Json {
  return values;
}

function objectOf(keys: readonly string[]): (values: readonly Json[]) => Json {
  return (values) => fromEntries(keys, (_, index) => values[index] ?? null);
}

function compileString(
  source: string,
  path: Path,
  references: References,
  compile: (source: string, references: References) => Evaluate = compileText,
): Compiled {
  if (!hasTemplate(source)) return { literal: source };
  const evaluate = caught('TEMPLATE_SYNTAX', path, () => compile(source, references));
  const weighed: Evaluate = (scope, budget) => {
    const value = evaluate(scope, budget);
    weigh(value, budget);
    return value;
  };
  return { evaluate: (scope, budget) => caught('TEMPLATE_FAILED', path, () => weighed(scope, budget)) };
}
