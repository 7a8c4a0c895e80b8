import { Output, toValueSync, TypeGuards, type Template } from 'liquidjs';
import type { Json } from '#libs/json-guard';
import { MAX_PLACEHOLDER, type Budget } from './budget.js';
import { BoundedText, createContext, engine, htmlEngine } from './liquid-engine.js';
import { parseLiquid } from './liquid-syntax.js';
import type { References } from './references.js';
import { parsePath, readPath, ROOTS } from './scope.js';
import { located, type Path } from './template-error.js';
import { toJson, toText, type Evaluate } from './value.js';

export function hasTemplate(source: string): boolean {
  return source.includes('{{') || source.includes('{%');
}

/**
 * Compiles a string that holds templates. Exactly one `{{ … }}` and nothing else keeps its type; all else becomes text.
 * @param offset where the string starts in a longer source; positions count from there
 * @throws Fault
 */
export function compileText(source: string, references: References, offset = 0): Evaluate {
  return located(() => compileSource(source, references, offset), undefined, offset);
}

/** Compiles a string that becomes HTML: placeholders are escaped, and a lone one is text too. @throws Fault */
export function compileHtml(source: string, references: References): Evaluate {
  return located(() => rendered(parseLiquid(source, references, htmlEngine), 0));
}

function compileSource(source: string, references: References, offset: number): Evaluate {
  const path = isPlaceholder(source) ? directPath(source.slice(2, -2).trim()) : undefined;
  if (path !== undefined) {
    references.add(path);
    return reading(path);
  }
  const templates = parseLiquid(source, references);
  const [first] = templates;
  if (templates.length === 1 && first instanceof Output) return lone(first, offset);
  if (templates.every(isPart)) return concatenated(templates, offset);
  return rendered(templates, offset);
}

function isPlaceholder(source: string): boolean {
  return source.length <= MAX_PLACEHOLDER && source.startsWith('{{') && source.endsWith('}}');
}

/** A path that Liquid need not see: a hundredth of the cost, with the same property reads. */
function directPath(content: string): Path | undefined {
  const path = content.endsWith('-') ? undefined : parsePath(content);
  return path !== undefined && ROOTS.has(String(path[0])) ? path : undefined;
}

function reading(path: Path): Evaluate {
  return (scope, budget) => (readPath(scope, path, budget) ?? null) as Json;
}

function lone(output: Output, offset: number): Evaluate {
  const evaluate = valueOf(output, offset);
  return (scope, budget) => {
    const value = evaluate(scope, budget);
    if (typeof value === 'string') located(() => budget.produce(value), output.token.begin, offset);
    return value;
  };
}

function valueOf({ value, token }: Output, offset: number): Evaluate {
  const path = directPath(token.content);
  if (path !== undefined) return reading(path);
  const evaluate = (scope: unknown, budget: Budget): Json =>
    toJson(toValueSync(value.value(createContext(scope, budget), false)), budget);
  return (scope, budget) => located(() => evaluate(scope, budget), token.begin, offset);
}

function isPart(template: Template): boolean {
  return template instanceof Output || TypeGuards.isHTMLToken(template.token);
}

/** Text between values, without tags: no rendering needed. */
function concatenated(templates: readonly Template[], offset: number): Evaluate {
  const parts = templates.map((template) => {
    if (template instanceof Output) return { position: template.token.begin, evaluate: valueOf(template, offset) };
    const text = TypeGuards.isHTMLToken(template.token) ? template.token.getContent() : '';
    return { position: template.token.begin, evaluate: () => text };
  });
  return (scope, budget) => {
    let result = '';
    for (const { position, evaluate } of parts) {
      const text = toText(evaluate(scope, budget));
      located(() => budget.produce(text), position, offset);
      result += text;
    }
    return result;
  };
}

function rendered(templates: Template[], offset: number): Evaluate {
  const render = (scope: unknown, budget: Budget): string => {
    const text = new BoundedText(budget);
    toValueSync(engine.renderer.renderTemplates(templates, createContext(scope, budget), text));
    budget.produce(text.buffer);
    return text.buffer;
  };
  return (scope, budget) => located(() => render(scope, budget), undefined, offset);
}
