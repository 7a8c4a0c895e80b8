import type { Json } from '#libs/json-guard';
import { Budget } from './budget.js';
import { type Aliases, compileSyntax } from './expression-compiler.js';
import { References } from './references.js';
import { ROOTS, type Scope } from './scope.js';
import { caught, type Path } from './template-error.js';
import { compileText } from './text-template.js';
import type { Evaluate } from './value.js';

/** A compiled expression. */
export interface Expression {
  /** Static paths read from the scope, each once. */
  readonly references: readonly (readonly string[])[];
  /** @throws TemplateError EXPRESSION_FAILED with the position of the operation, or TEMPLATE_LIMIT */
  evaluate(scope: Scope): Json;
}

/**
 * Compiles an expression over the roots of the scope.
 *
 * - Paths: `input.items.0.price`, `input["a b"]`, `steps.calculate-total.output` (right after `steps.` a name may hold
 *   hyphens). A missing path is null; a name that is no root is refused.
 * - `{{ … }}` stands for its value, typed; inside a quoted string it becomes text.
 * - `== != === !==` compare JSON by value; a number equals text that spells it. `< <= > >=` take two numbers, two texts,
 *   or a number and text that spells one; any other pair, null included, fails.
 * - `and or not`, `&& || !` and `? :` take any value: false, null, 0 and '' are false. `and`, `or` yield an operand.
 * - `+ - * / %` are decimal and take numbers or text that spells one; they do not join text. `in`, `not in`, `contains`
 *   look into a list or a text; any other container fails. List literals. No calls, no assignment.
 * @param names further names of the scope (`Scope.names`)
 * @throws TemplateError EXPRESSION_SYNTAX or TEMPLATE_LIMIT
 */
export function compileExpression(source: string, path: Path = [], names: readonly string[] = []): Expression {
  const references = new References();
  const evaluate = compileOperand(source, path, references, names);
  return { references: references.list(), evaluate: (scope) => evaluate(scope, new Budget()) };
}

/** An expression as a part of something larger: with its budget and references. @throws TemplateError, also in the result */
export function compileOperand(
  source: string,
  path: Path,
  references: References,
  names: readonly string[] = [],
  aliases?: Aliases,
): Evaluate {
  const roots = names.length === 0 ? ROOTS : new Set([...ROOTS, ...names]);
  const template = (text: string, position: number) => compileText(text, references, position);
  const evaluate = caught('EXPRESSION_SYNTAX', path, () =>
    compileSyntax(source, { roots, functions: false, template, ...(aliases && { aliases }) }, references),
  );
  return (scope, budget) => caught('EXPRESSION_FAILED', path, () => evaluate(scope, budget));
}
