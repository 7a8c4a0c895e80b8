/** The tree jsep builds, and the `Template` nodes we add. `position` is the offset of the first character. */
export type SyntaxNode =
  Literal | Identifier | Member | Unary | Binary | Conditional | List | Call | TemplateOperand | Unsupported;

interface Positioned {
  position?: number;
}

export interface Literal extends Positioned {
  type: 'Literal';
  value: string | number | boolean | null;
}

export interface Identifier extends Positioned {
  type: 'Identifier';
  name: string;
}

export interface Member extends Positioned {
  type: 'MemberExpression';
  /** `object[property]`, not `object.property` */
  computed: boolean;
  object: SyntaxNode;
  property: SyntaxNode;
}

export interface Unary extends Positioned {
  type: 'UnaryExpression';
  operator: string;
  argument: SyntaxNode;
}

export interface Binary extends Positioned {
  type: 'BinaryExpression';
  operator: string;
  left: SyntaxNode;
  right: SyntaxNode;
}

export interface Conditional extends Positioned {
  type: 'ConditionalExpression';
  test: SyntaxNode;
  consequent: SyntaxNode;
  alternate: SyntaxNode;
}

export interface List extends Positioned {
  type: 'ArrayExpression';
  /** null where `[a,,b]` leaves a hole */
  elements: (SyntaxNode | null)[];
}

export interface Call extends Positioned {
  type: 'CallExpression';
  callee: SyntaxNode;
  arguments: SyntaxNode[];
}

/** `{{ … }}` with its braces */
export interface TemplateOperand extends Positioned {
  type: 'Template';
  source: string;
}

interface Unsupported extends Positioned {
  type: 'Compound' | 'SequenceExpression' | 'ThisExpression';
  /** of a Compound: expressions that nothing joins */
  body?: SyntaxNode[];
}

/** Binary and conditional nodes start where their first operand does, a Compound where it should have ended. */
export function positionOf(node: SyntaxNode): number | undefined {
  if (node.position !== undefined) return node.position;
  if (node.type === 'BinaryExpression') return positionOf(node.left);
  if (node.type === 'ConditionalExpression') return positionOf(node.test);
  if (node.type !== 'Compound') return undefined;
  const second = node.body?.[1];
  return second === undefined ? 0 : positionOf(second);
}
