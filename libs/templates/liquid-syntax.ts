import {
  CaseTag,
  type Liquid,
  Parser,
  Tokenizer,
  toValueSync,
  TypeGuards,
  Value,
  type PropertyAccessToken,
  type Template,
  type Token,
  type TopLevelToken,
} from 'liquidjs';
import { MAX_PLACEHOLDER, MAX_PLACEHOLDERS, MAX_SOURCE } from './budget.js';
import { engine } from './liquid-engine.js';
import { ARITHMETIC, prepareArithmetic } from './list-filters.js';
import type { References } from './references.js';
import { Fault, limitFault } from './template-error.js';

const { isDelimitedToken, isOperatorToken, isPropertyAccessToken, isQuotedToken, isRangeToken } = TypeGuards;
const { isNumberToken, isTagToken, isValueToken, isWordToken } = TypeGuards;

type Placeholder = Extract<TopLevelToken, { contentRange: [number, number] }>;

const NEEDS_ARGUMENT = new Set(
  (
    'append prepend replace replace_first replace_last remove remove_first remove_last split hmac_sha256 ' +
    'plus minus times divided_by modulo at_least at_most map where reject find find_index has group_by ' +
    'concat push unshift slice default'
  ).split(' '),
);

const READ_TO_THE_END = new Set(['assign', 'capture', 'case', 'elsif', 'for', 'if', 'unless']);

/** Between two segments of a path, before the first and after the last. */
const FIRST = /^\[?\s*$/;
const NEXT = /^(?:\s*\])?[.[]\s*$/;
const LAST = /^(?:\s*\])?$/;

/** Parses a source with templates and adds what it reads from the scope to `references`. @throws Fault or LiquidError */
export function parseLiquid(source: string, references: References, dialect: Liquid = engine): Template[] {
  if (source.length > MAX_SOURCE) throw limitFault(`a template has at most ${MAX_SOURCE} characters`);
  const tokens = new Tokenizer(source, engine.options.operators).readTopLevelTokens(engine.options);
  const placeholders = tokens.filter(isDelimitedToken);
  if (placeholders.length > MAX_PLACEHOLDERS)
    throw limitFault(`a template has at most ${MAX_PLACEHOLDERS} placeholders`);
  const long = placeholders.find((token) => token.size() > MAX_PLACEHOLDER);
  if (long !== undefined) throw limitFault(`a placeholder has at most ${MAX_PLACEHOLDER} characters`, long.begin);
  const templates = new Parser(dialect).parseTokens(tokens);
  checkRest(placeholders);
  new Inspector(references).visit(templates, new Set());
  return templates;
}

/** `{{ a, b }}`, `{{ a | }}` and `{% for a in b | sort %}` pass Liquid's parser, which ignores the rest. */
function checkRest(placeholders: readonly Placeholder[]): void {
  let comment = false;
  for (const token of placeholders) {
    if (isTagToken(token)) comment = token.name === 'comment' || (comment && token.name !== 'endcomment');
    const rest = comment ? undefined : restOf(token);
    if (rest !== undefined) throw new Fault('unexpected text', rest);
  }
}

/** Where the part begins that was not read. */
function restOf(token: Placeholder): number | undefined {
  if (token.content.endsWith('|')) return token.contentRange[1] - 1;
  const tokenizer = isTagToken(token) ? token.tokenizer : reread(token);
  if (isTagToken(token) && !READ_TO_THE_END.has(token.name)) return undefined;
  tokenizer.skipBlank();
  return tokenizer.end() ? undefined : tokenizer.p;
}

function reread(token: Placeholder): Tokenizer {
  const tokenizer = new Tokenizer(token.input, engine.options.operators, undefined, token.contentRange);
  tokenizer.readFilteredValue();
  return tokenizer;
}

/** Refuses what Liquid's parser skips silently, and collects references. */
class Inspector {
  /** Names given by assign and capture, visible from there to the end. */
  private readonly assigned = new Set<string>();

  constructor(private readonly references: References) {}

  visit(templates: readonly Template[], bound: ReadonlySet<string>): void {
    for (const template of templates) {
      for (const argument of template.arguments?.() ?? []) {
        if (argument instanceof Value) this.value(argument, bound, template.token);
        else this.operand(argument, bound);
      }
      if (template instanceof CaseTag) refuseComputedCases(template.branches.flatMap((branch) => branch.values));
      this.inside(template, bound);
    }
  }

  private inside(template: Template, bound: ReadonlySet<string>): void {
    for (const name of template.localScope?.() ?? []) this.assigned.add(name.content);
    if (template.children === undefined) return;
    const children = toValueSync<Template[]>(template.children(false, true));
    this.visit(children, template.blockScope === undefined ? bound : new Set([...bound, ...template.blockScope()]));
  }

  private value(value: Value, bound: ReadonlySet<string>, at: Token): void {
    checkOperands(value.initial.postfix);
    for (const token of value.initial.postfix) this.operand(token, bound);
    for (const filter of value.filters) {
      const [first] = filter.args;
      if (first === undefined && NEEDS_ARGUMENT.has(filter.name))
        throw new Fault(`filter ${filter.name} needs an argument`, at.begin);
      if (isQuotedToken(first) && ARITHMETIC.has(filter.name)) prepareArithmetic(first);
      for (const argument of filter.args) this.operand(Array.isArray(argument) ? argument[1] : argument, bound);
    }
  }

  private operand(token: Token | undefined, bound: ReadonlySet<string>): void {
    if (isRangeToken(token)) {
      this.operand(token.lhs, bound);
      this.operand(token.rhs, bound);
    } else if (isPropertyAccessToken(token)) this.path(token, bound);
  }

  private path(token: PropertyAccessToken, bound: ReadonlySet<string>): void {
    checkPath(token);
    const segments: (string | number)[] = [];
    let isStatic = token.variable === undefined;
    for (const segment of token.props) {
      if (isValueToken(segment)) this.operand(segment, bound);
      isStatic &&= isWordToken(segment) || isQuotedToken(segment) || isNumberToken(segment);
      if (isStatic) segments.push((segment as { content: string | number } & Token).content);
    }
    const root = String(segments[0] ?? '');
    if (segments.length > 0 && !bound.has(root) && !this.assigned.has(root)) this.references.add(segments);
  }
}

/** `{{ a b }}` and `{{ a == }}` pass Liquid's parser and evaluate to a part of what was written. */
function checkOperands(postfix: readonly Token[]): void {
  let operands = 0;
  for (const token of postfix) {
    const taken = operatorArity(token);
    if (operands < taken) throw new Fault('an operator lacks an operand', token.begin);
    operands += 1 - taken;
  }
  const last = postfix.at(-1);
  if (operands > 1) throw new Fault('expected one value', last?.begin);
}

function operatorArity(token: Token): number {
  if (!isOperatorToken(token)) return 0;
  return token.operator === 'not' ? 1 : 2;
}

/** `a.b.` and `a[b c]` pass Liquid's parser as `a.b` and `a[b]`. */
function checkPath(token: PropertyAccessToken): void {
  let end = token.variable?.end ?? token.begin;
  token.props.forEach((segment, index) => {
    const between = token.input.slice(end, segment.begin);
    const expected = index === 0 && token.variable === undefined ? FIRST : NEXT;
    if (!expected.test(between) || segment.size() === 0) throw new Fault('the path is broken', end);
    end = segment.end;
  });
  if (!LAST.test(token.input.slice(end, token.end))) throw new Fault('the path is broken', end);
}

/** Liquid compares every case without looking at the clock: literals cost nothing, lists of the input would. */
function refuseComputedCases(values: readonly Token[]): void {
  for (const token of values) {
    if (isPropertyAccessToken(token) || isRangeToken(token)) throw new Fault('when takes literal values', token.begin);
  }
}
