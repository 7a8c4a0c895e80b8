/**
 * Templates and expressions: how a workflow says "the total of step x". A template is a JSON value whose strings may hold
 * `{{ … }}`; an expression is arithmetic and comparison over the same paths; a condition is an expression or
 * `{left, operator, right}`. All are compiled once when a workflow is saved and evaluated against a Scope, synchronously, within
 * limits, without access to anything but the scope's own JSON.
 */
export { compileCondition, type Condition } from './condition.js';
export { compileExpression, type Expression } from './expression.js';
export type { Aliases } from './expression-compiler.js';
export { translateBlockReferences } from './block-references.js';
export { ROOTS, type Scope } from './scope.js';
export { compileHtmlTemplate, compileTemplate, type Template } from './template.js';
export { TemplateError, type Path, type TemplateErrorCode } from './template-error.js';
