import type { Json, JsonObject } from '#libs/json-guard';
import { Budget } from './budget.js';
import { truthy } from './comparison.js';
import { isUnary, matching, OPERATORS } from './condition-operators.js';
import { compileExpression } from './expression.js';
import { References } from './references.js';
import type { Scope } from './scope.js';
import { compileTemplate } from './template.js';
import { TemplateError, type Path, type TemplateErrorCode } from './template-error.js';

/** A compiled condition. */
export interface Condition {
  /** Static paths read from the scope, each once. */
  readonly references: readonly (readonly string[])[];
  /** @throws TemplateError when it cannot be decided: never silently false */
  test(scope: Scope): boolean;
}

/**
 * Compiles a condition: an expression (see `compileExpression`; any value counts as true or false), a boolean,
 * `{left, operator, right}`, `{and: […]}`, `{or: […]}`, `{not: …}`, or a list (all must hold).
 *
 * `left` and `right` are templates, typed. Operators: `eq ne gt gte lt lte` (as `== != > >= < <=`), `contains`, `in`, `notIn`,
 * `startsWith`, `endsWith`, `matches` (RE2 syntax, anywhere in the text), and `exists` (not null), `isEmpty` (null, '', [] or
 * {}), whose `right`, if given, is the expected answer. `and` and `or` stop at the first answer.
 * @throws TemplateError EXPRESSION_SYNTAX, TEMPLATE_SYNTAX (in `left` and `right`) or TEMPLATE_LIMIT, with the path
 */
export function compileCondition(condition: Json, path: Path = []): Condition {
  if (typeof condition === 'string') return fromExpression(condition, path);
  if (typeof condition === 'boolean') return { references: [], test: () => condition };
  if (Array.isArray(condition)) return all(condition, path);
  if (condition === null || typeof condition !== 'object') throw syntax('expected a condition', path);
  const [first, ...others] = Object.keys(condition);
  if (first !== undefined && others.length === 0) {
    if (first === 'and') return all(condition['and'], [...path, 'and']);
    if (first === 'or') return any(condition['or'], [...path, 'or']);
    if (first === 'not') return negated(condition['not'] ?? null, [...path, 'not']);
  }
  return comparison(condition, path);
}

function fromExpression(source: string, path: Path): Condition {
  const expression = compileExpression(source, path);
  return { references: expression.references, test: (scope) => truthy(expression.evaluate(scope)) };
}

function all(conditions: Json | undefined, path: Path): Condition {
  const parts = compileList(conditions, path);
  return { references: merged(parts), test: (scope) => parts.every((part) => part.test(scope)) };
}

function any(conditions: Json | undefined, path: Path): Condition {
  const parts = compileList(conditions, path);
  return { references: merged(parts), test: (scope) => parts.some((part) => part.test(scope)) };
}

function negated(condition: Json, path: Path): Condition {
  const part = compileCondition(condition, path);
  return { references: part.references, test: (scope) => !part.test(scope) };
}

function compileList(conditions: Json | undefined, path: Path): Condition[] {
  if (!Array.isArray(conditions) || conditions.length === 0) throw syntax('expected a list of conditions', path);
  return conditions.map((condition, index) => compileCondition(condition, [...path, index]));
}

function comparison(condition: JsonObject, path: Path): Condition {
  const { left, operator, right, ...others } = condition;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw syntax(`${unknown} is not part of a condition`, [...path, unknown]);
  const test = typeof operator === 'string' ? OPERATORS.get(operator) : undefined;
  if (typeof operator !== 'string' || test === undefined)
    throw syntax(`operator must be one of ${[...OPERATORS.keys()].join(', ')}`, [...path, 'operator']);
  if (left === undefined) throw syntax('left is missing', [...path, 'left']);
  if (right === undefined && !isUnary(operator)) throw syntax('right is missing', [...path, 'right']);
  const a = compileTemplate(left, [...path, 'left']);
  const b = compileTemplate(right ?? isUnary(operator), [...path, 'right']);
  const known = operator === 'matches' && b.isStatic;
  const holds = known ? caught('EXPRESSION_SYNTAX', [...path, 'right'], () => matching(right ?? null)) : test;
  return {
    references: merged([a, b]),
    test: (scope) => {
      const values = [a.resolve(scope), b.resolve(scope)] as const;
      return caught('EXPRESSION_FAILED', path, () => holds(...values, new Budget()));
    },
  };
}

function merged(parts: readonly { references: readonly (readonly string[])[] }[]): readonly (readonly string[])[] {
  const references = new References();
  for (const reference of parts.flatMap((part) => part.references)) references.add(reference);
  return references.list();
}

function caught<T>(code: TemplateErrorCode, path: Path, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw TemplateError.from(error, code, path);
  }
}

function syntax(message: string, path: Path): TemplateError {
  return new TemplateError('EXPRESSION_SYNTAX', message, path);
}
