import { Context, defaultOperators, Drop, Liquid, toValue, type Emitter } from 'liquidjs';
import { MAX_TEXT, type Budget } from './budget.js';
import { same } from './comparison.js';
import { numberLike } from './decimal.js';
import { guarded } from './filter.js';
import { listFilters } from './list-filters.js';
import { numberFilters } from './number-filters.js';
import { readProperty, visible } from './scope.js';
import { limitFault } from './template-error.js';
import { textFilters } from './text-filters.js';
import { toText } from './value.js';

/**
 * No tag that reads files (include, render, layout, block), counts in the caller's scope (increment, decrement), parses
 * when it renders (cycle, liquid) or has patterns that backtrack (#).
 */
const TAGS = new Set(['assign', 'break', 'capture', 'case', 'comment', 'continue', 'for', 'if', 'raw', 'unless']);

type Operator = (
  left: unknown,
  right: unknown,
  context: Context,
) => ReturnType<NonNullable<(typeof defaultOperators)['==']>>;

/** Liquid's comparisons, charged, because comparing lists is linear; text is compared with a number if it spells one. */
function ordered(holds: (left: number | string, right: number | string) => boolean): Operator {
  return (left, right, context) => {
    budgetIn(context).use(1);
    if (typeof left === 'string' && typeof right === 'string') return holds(left, right);
    const a = typeof left === 'string' ? numberLike(left) : left;
    const b = typeof right === 'string' ? numberLike(right) : right;
    return typeof a === 'number' && typeof b === 'number' && holds(a, b);
  };
}

function equals(left: unknown, right: unknown, context: Context): boolean {
  const budget = budgetIn(context);
  budget.use(1);
  if (left instanceof Drop) return equalsLiteral(left, right);
  return right instanceof Drop ? equalsLiteral(right, left) : same(left, right, budget);
}

/** `nil`, `empty` and `blank` on either side. */
function equalsLiteral(literal: Drop, value: unknown): boolean {
  const plain = toValue(literal);
  if (value instanceof Drop) return plain === toValue(value);
  if (plain === null) return value === null || value === undefined;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '';
}

function contains(left: unknown, right: unknown, context: Context): boolean {
  const budget = budgetIn(context);
  budget.use(Array.isArray(left) ? left.length : 1);
  if (Array.isArray(left)) return left.some((element) => same(element, right, budget));
  if (typeof left !== 'string') return false;
  const needle = toText(right);
  budget.search(left, needle);
  return left.includes(needle);
}

/** What these end with is HTML already: `raw` says so of anything. */
const MARKUP = ['escape', 'escape_once', 'raw'];

function createEngine(html: boolean): Liquid {
  const engine = new Liquid({
    ...(html && { outputEscape: guarded(textFilters['escape'] ?? toText) as (value: unknown) => string }),
    ownPropertyOnly: true,
    strictFilters: true,
    jsTruthy: true,
    locale: 'en-US',
    timezoneOffset: 0,
    templates: {},
    operators: {
      ...defaultOperators,
      '==': equals,
      '!=': (left, right, context) => !equals(left, right, context),
      '<': ordered((a, b) => a < b),
      '<=': ordered((a, b) => a <= b),
      '>': ordered((a, b) => a > b),
      '>=': ordered((a, b) => a >= b),
      contains,
    },
  });
  for (const tag of Object.keys(engine.tags)) if (!TAGS.has(tag)) delete engine.tags[tag];
  for (const filter of Object.keys(engine.filters)) engine.unregisterFilter(filter);
  const filters = { ...numberFilters, ...textFilters, ...listFilters, ...(html && { raw: (value: unknown) => value }) };
  for (const [name, filter] of Object.entries(filters))
    engine.registerFilter(name, { handler: guarded(filter), raw: html && MARKUP.includes(name) });
  const { renderer } = engine;
  const render = renderer.renderTemplates.bind(renderer);
  renderer.renderTemplates = (templates, context, emitter = new BoundedText(budgetIn(context))) =>
    render(templates, context, emitter);
  return engine;
}

function budgetIn(context: Context): Budget {
  return context.memoryLimit as unknown as Budget;
}

/** Text being rendered, of the whole template or of a `capture`. */
export class BoundedText implements Emitter {
  buffer = '';

  constructor(private readonly budget: Budget) {}

  write(value: unknown): void {
    const text = toText(value);
    this.budget.use(text.length);
    this.buffer += text;
    if (this.buffer.length > MAX_TEXT) throw limitFault('the template produces more than 1 MiB of text');
  }
}

/** Reads properties as expressions do: no prototype, no function is ever called. */
class SafeContext extends Context {
  override readProperty(subject: object, key: string | number | Drop): unknown {
    if (subject instanceof Drop) return super.readProperty(subject, key);
    return readProperty(subject, key instanceof Drop ? toValue(key) : key, budgetIn(this));
  }
}

export function createContext(scope: unknown, budget: Budget): Context {
  const limiter = budget as unknown as Context['memoryLimit'];
  return new SafeContext(
    visible(scope),
    engine.options,
    { sync: true },
    { memoryLimit: limiter, renderLimit: limiter, liquid: engine },
  );
}

/** One for the process: building it costs more than a hundred evaluations. */
export const engine = createEngine(false);

/** The same for HTML: what a placeholder puts in is escaped, unless its last filter is one of {@link MARKUP}. */
export const htmlEngine = createEngine(true);
