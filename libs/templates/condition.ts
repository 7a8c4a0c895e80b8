import type { Json, JsonObject } from '#libs/json-guard';
import { Budget } from './budget.js';
import { truthy } from './comparison.js';
import { isUnary, matching, OPERATORS } from './condition-operators.js';
import { compileOperand } from './expression.js';
import type { Aliases } from './expression-compiler.js';
import { References } from './references.js';
import type { Scope } from './scope.js';
import { compileValue, type Compiled } from './template.js';
import { caught, TemplateError, type Path } from './template-error.js';

/** A compiled condition. */
export interface Condition {
  /** Static paths read from the scope, each once. */
  readonly references: readonly (readonly string[])[];
  /** @throws TemplateError when it cannot be decided: never silently false */
  test(scope: Scope): boolean;
}

type Check = (scope: unknown, budget: Budget) => boolean;

/** What a condition reads, and which names it may read besides the roots. */
interface Reading {
  references: References;
  names: readonly string[];
  aliases?: Aliases | undefined;
}

/**
 * Compiles a condition: an expression (see `compileExpression`; any value counts as true or false), a boolean,
 * `{left, operator, right}`, `{and: […]}`, `{or: […]}`, `{not: …}`, or a list (all must hold).
 *
 * `left` and `right` are templates, typed. Operators: `eq ne gt gte lt lte` (as `== != > >= < <=`), `contains`, `in`, `notIn`,
 * `startsWith`, `endsWith`, `matches` (RE2 syntax, anywhere in the text), and `exists` (not null), `isEmpty` (null, '', [] or
 * {}), whose `right`, if given, is the expected answer. `and` and `or` stop at the first answer.
 * @param names further names of the scope (`Scope.names`)
 * @param aliases names that stand for the beginning of a path
 * @throws TemplateError EXPRESSION_SYNTAX, TEMPLATE_SYNTAX (in `left` and `right`) or TEMPLATE_LIMIT, with the path
 */
export function compileCondition(
  condition: Json,
  path: Path = [],
  names: readonly string[] = [],
  aliases?: Aliases,
): Condition {
  const references = new References();
  const check = compileCheck(condition, path, { references, names, aliases });
  return { references: references.list(), test: (scope) => check(scope, new Budget()) };
}

function compileCheck(condition: Json, path: Path, reading: Reading): Check {
  if (typeof condition === 'boolean') return () => condition;
  if (typeof condition === 'string') {
    const evaluate = compileOperand(condition, path, reading.references, reading.names, reading.aliases);
    return (scope, budget) => truthy(evaluate(scope, budget));
  }
  if (Array.isArray(condition)) return all(compileList(condition, path, reading));
  if (typeof condition !== 'object' || condition === null) throw syntax('expected a condition', path);
  const [first, second] = Object.entries(condition);
  if (first === undefined || second !== undefined) return comparison(condition, path, reading);
  const [name, part] = first;
  if (name === 'and') return all(compileList(part, [...path, name], reading));
  if (name === 'or') return any(compileList(part, [...path, name], reading));
  if (name !== 'not') return comparison(condition, path, reading);
  const negated = compileCheck(part, [...path, name], reading);
  return (scope, budget) => !negated(scope, budget);
}

function compileList(conditions: Json, path: Path, reading: Reading): readonly Check[] {
  if (!Array.isArray(conditions) || conditions.length === 0) throw syntax('expected a list of conditions', path);
  return conditions.map((condition, index) => compileCheck(condition, [...path, index], reading));
}

function all(checks: readonly Check[]): Check {
  return (scope, budget) => checks.every((check) => check(scope, budget));
}

function any(checks: readonly Check[]): Check {
  return (scope, budget) => checks.some((check) => check(scope, budget));
}

function comparison(condition: JsonObject, path: Path, reading: Reading): Check {
  const { left, operator, right, ...others } = condition;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw syntax(`${unknown} is not part of a condition`, [...path, unknown]);
  const test = typeof operator === 'string' ? OPERATORS.get(operator) : undefined;
  if (typeof operator !== 'string' || test === undefined)
    throw syntax(`operator must be one of ${[...OPERATORS.keys()].join(', ')}`, [...path, 'operator']);
  if (left === undefined) throw syntax('left is missing', [...path, 'left']);
  if (right === undefined && !isUnary(operator)) throw syntax('right is missing', [...path, 'right']);
  const a = valueOf(compileValue(left, [...path, 'left'], reading.references));
  const compiled = compileValue(right === undefined ? true : right, [...path, 'right'], reading.references);
  const b = valueOf(compiled);
  const known = operator === 'matches' && 'literal' in compiled ? compiled.literal : undefined;
  const holds = known === undefined ? test : caught('EXPRESSION_SYNTAX', [...path, 'right'], () => matching(known));
  return (scope, budget) => {
    const values = [a(scope, budget), b(scope, budget)] as const;
    return caught('EXPRESSION_FAILED', path, () => holds(...values, budget));
  };
}

function valueOf(compiled: Compiled): (scope: unknown, budget: Budget) => Json {
  return 'literal' in compiled ? () => compiled.literal : compiled.evaluate;
}

function syntax(message: string, path: Path): TemplateError {
  return new TemplateError('EXPRESSION_SYNTAX', message, path);
}
