import jsep from 'jsep';
import type { Identifier, SyntaxNode, TemplateOperand } from './syntax-tree.js';
import { Fault, limitFault } from './template-error.js';

/** jsep's class, which its type declarations leave out. Its methods are the documented hooks' `this`. */
interface JsepParser {
  readonly expr: string;
  index: number;
  parse(): SyntaxNode;
  gobbleSpaces(): void;
  gobbleToken(): SyntaxNode | false | undefined;
  gobbleExpression(): SyntaxNode | false | undefined;
  gobbleBinaryExpression(): SyntaxNode | false | undefined;
  gobbleBinaryOp(): string | false;
  gobbleIdentifier(): Identifier;
  throwError(message: string): never;
}

const { Jsep } = jsep as unknown as { Jsep: new (source: string) => JsepParser };

/** Word operators beside jsep's own, with the precedence of their signs. */
jsep.addBinaryOp('or', 1);
jsep.addBinaryOp('and', 2);
for (const word of ['in', 'not in', 'contains']) jsep.addBinaryOp(word, 7);
jsep.addLiteral('undefined', null);
// As Python spells them, in which the expressions of graphs are written.
jsep.addLiteral('True', true);
jsep.addLiteral('False', false);
jsep.addLiteral('None', null);

const ABOVE_AND = 3;
const MAX_LENGTH = 4_000;
/** Two a parenthesis. */
const MAX_DEPTH = 128;

const STEP_ROOT = /(?:^|[^\w$.])steps\s*\.\s*$/;
const STEP_ID = /[\w$-]+/y;
const INDEX = /\d+/y;
const NOT = /not(?![\w$])/y;
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy;

class ExpressionParser extends Jsep {
  private depth = 0;
  /** Operators that bind less are left to the caller: how `not a == b` takes the whole comparison. */
  private floor = 0;

  override gobbleExpression(): SyntaxNode | false | undefined {
    const floor = this.floor;
    this.floor = 0;
    const node = this.nested(() => super.gobbleExpression());
    this.floor = floor;
    return node;
  }

  override gobbleBinaryOp(): string | false {
    const start = this.index;
    const operator = super.gobbleBinaryOp();
    if (operator === false || (jsep.binary_ops[operator] ?? 0) >= this.floor) return operator;
    this.index = start;
    return false;
  }

  override gobbleToken(): SyntaxNode | false | undefined {
    this.gobbleSpaces();
    const position = this.index;
    const node = this.nested(() => this.template() ?? this.not() ?? super.gobbleToken());
    if (node) node.position ??= position;
    return node;
  }

  /** After `steps.` an id may hold hyphens; after any dot a list index may stand. */
  override gobbleIdentifier(): Identifier {
    const position = this.index;
    const before = this.expr.slice(Math.max(0, position - 40), position);
    const name = STEP_ROOT.test(before) ? this.match(STEP_ID) : /\.\s*$/.test(before) ? this.match(INDEX) : undefined;
    const node: Identifier = name === undefined ? super.gobbleIdentifier() : { type: 'Identifier', name };
    return { ...node, position };
  }

  private not(): SyntaxNode | undefined {
    if (this.match(NOT) === undefined) return undefined;
    const floor = this.floor;
    this.floor = ABOVE_AND;
    const argument = this.gobbleBinaryExpression();
    this.floor = floor;
    if (!argument) this.throwError('Expected expression after not');
    return { type: 'UnaryExpression', operator: 'not', argument };
  }

  private template(): TemplateOperand | undefined {
    if (!this.expr.startsWith('{{', this.index)) return undefined;
    const start = this.index;
    this.index += 2;
    while (!this.expr.startsWith('}}', this.index)) {
      if (this.index >= this.expr.length) throw new Fault('{{ is not closed', start);
      if (this.match(QUOTED) === undefined) this.index += 1;
    }
    this.index += 2;
    return { type: 'Template', source: this.expr.slice(start, this.index) };
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.index;
    const text = pattern.exec(this.expr)?.[0];
    if (text !== undefined) this.index += text.length;
    return text;
  }

  private nested<T>(parse: () => T): T {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw limitFault('the expression nests too deeply', this.index);
    const result = parse();
    this.depth -= 1;
    return result;
  }
}

/** @throws Fault with the position of what is not understood */
export function parseExpression(source: string): SyntaxNode {
  if (source.length > MAX_LENGTH) throw limitFault(`an expression has at most ${MAX_LENGTH} characters`);
  try {
    return new ExpressionParser(source).parse();
  } catch (error) {
    if (error instanceof Error && 'description' in error && 'index' in error)
      throw new Fault(String(error.description), Number(error.index));
    throw error;
  }
}
