import type jsep from 'jsep';
import type { Json } from '#libs/json-guard';
import type { Budget } from './budget.js';
import { equal, includes, order, truthy } from './comparison.js';
import { add, divide, multiply, operand, remainder, subtract } from './decimal.js';
import { isNode, parseExpression, positionOf, type SyntaxNode, type TemplateNode } from './expression-parser.js';
import { numericFunction } from './numeric-functions.js';
import type { References } from './references.js';
import { readProperty } from './scope.js';
import { Fault, located } from './template-error.js';
import type { Evaluate } from './value.js';

/** What an expression may use, beside the operators. */
export interface Dialect {
  /** The names that open a path; undefined: any name, read from the subject (an element of a list). */
  readonly roots?: ReadonlySet<string>;
  /** `abs ceil floor max min round` may be called. */
  readonly functions: boolean;
  /** Compiles `{{ … }}`, typed, at that offset; absent where templates cannot stand inside. */
  readonly template?: (source: string, position: number) => Evaluate;
}

type Operation = (a: Json, b: Json, budget: Budget) => Json;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  '==': equal,
  '===': equal,
  '!=': (a, b, budget) => !equal(a, b, budget),
  '!==': (a, b, budget) => !equal(a, b, budget),
  '<': (a, b) => order(a, b) < 0,
  '<=': (a, b) => order(a, b) <= 0,
  '>': (a, b) => order(a, b) > 0,
  '>=': (a, b) => order(a, b) >= 0,
  '+': (a, b) => add(operand(a), operand(b)),
  '-': (a, b) => subtract(operand(a), operand(b)),
  '*': (a, b) => multiply(operand(a), operand(b)),
  '/': (a, b) => divide(operand(a), operand(b)),
  '%': (a, b) => remainder(operand(a), operand(b)),
  in: (a, b, budget) => includes(b, a, budget),
  'not in': (a, b, budget) => !includes(b, a, budget),
  contains: includes,
};

/**
 * Compiles an expression to closures over a whitelist of syntax; everything else is a Fault with its position.
 * Paths that are read from roots are added to `references`.
 */
export function compileSyntax(source: string, dialect: Dialect, references: References): Evaluate {
  return new Compiler(dialect, references).compile(parseExpression(source));
}

class Compiler {
  constructor(
    private readonly dialect: Dialect,
    private readonly references: References,
  ) {}

  compile(node: SyntaxNode): Evaluate {
    switch (node.type as jsep.ExpressionType | 'Template') {
      case 'Literal':
        return this.literal(node as jsep.Literal);
      case 'Identifier':
      case 'MemberExpression':
        return this.path(node);
      case 'UnaryExpression':
        return this.unary(node as jsep.UnaryExpression);
      case 'BinaryExpression':
        return this.binary(node as jsep.BinaryExpression);
      case 'ConditionalExpression':
        return this.conditional(node as jsep.ConditionalExpression);
      case 'ArrayExpression':
        return this.list(node as jsep.ArrayExpression);
      case 'CallExpression':
        return this.call(node as jsep.CallExpression);
      case 'Template':
        return this.template((node as TemplateNode).source, positionOf(node) ?? 0);
      case 'Compound':
      case 'SequenceExpression':
      case 'ThisExpression':
        return refuse(node, 'expected one expression');
    }
  }

  private literal(node: jsep.Literal): Evaluate {
    const { value } = node;
    const position = positionOf(node) ?? 0;
    if (typeof value === 'string' && value.includes('{{')) {
      const evaluate = this.template(value, position + 1);
      return (subject, budget) => String(evaluate(subject, budget) ?? '');
    }
    if (typeof value === 'number' && !Number.isFinite(value)) return refuse(node, 'the number is too large');
    return () => value as string | number | boolean | null;
  }

  private template(source: string, position: number): Evaluate {
    if (this.dialect.template === undefined) throw new Fault('a template cannot stand here', position);
    return this.dialect.template(source, position);
  }

  private path(node: SyntaxNode): Evaluate {
    const names: (string | number)[] = [];
    let head = node;
    for (; head.type === 'MemberExpression'; head = head['object'] as SyntaxNode) {
      const key = staticKey(head as jsep.MemberExpression);
      if (key === undefined) return this.computed(node as jsep.MemberExpression);
      names.unshift(key);
    }
    if (head.type !== 'Identifier') return this.computed(node as jsep.MemberExpression);
    return this.read(head as jsep.Identifier, names);
  }

  private read(head: jsep.Identifier, names: readonly (string | number)[]): Evaluate {
    const { roots } = this.dialect;
    const { name } = head;
    if (roots !== undefined) {
      if (!roots.has(name)) return refuse(head, `unknown name ${name}`);
      this.references.add([name, ...names]);
    }
    return (subject) => {
      let value = readProperty(subject, name);
      for (const key of names) value = readProperty(value ?? null, key);
      return (value ?? null) as Json;
    };
  }

  private computed(node: jsep.MemberExpression): Evaluate {
    const object = this.compile(node.object);
    const key = staticKey(node);
    const property = key === undefined ? this.compile(node.property) : () => key;
    return (subject, budget) => (readProperty(object(subject, budget), property(subject, budget)) ?? null) as Json;
  }

  private unary(node: jsep.UnaryExpression): Evaluate {
    const argument = this.compile(node.argument);
    const position = positionOf(node);
    if (node.operator === '!' || node.operator === 'not') {
      return (subject, budget) => !truthy(argument(subject, budget));
    }
    if (node.operator !== '-' && node.operator !== '+') return refuse(node, `${node.operator} is not an operator`);
    const sign = node.operator === '-' ? -1 : 1;
    return (subject, budget) => located(() => multiply(sign, operand(argument(subject, budget))), position);
  }

  private binary(node: jsep.BinaryExpression): Evaluate {
    const left = this.compile(node.left);
    const right = this.compile(node.right);
    if (node.operator === '&&' || node.operator === 'and') {
      return (subject, budget) => {
        const value = left(subject, budget);
        return truthy(value) ? right(subject, budget) : value;
      };
    }
    if (node.operator === '||' || node.operator === 'or') {
      return (subject, budget) => {
        const value = left(subject, budget);
        return truthy(value) ? value : right(subject, budget);
      };
    }
    const operation = Object.hasOwn(OPERATIONS, node.operator) ? OPERATIONS[node.operator] : undefined;
    if (operation === undefined) return refuse(node, `${node.operator} is not an operator`);
    const position = positionOf(node);
    return (subject, budget) => {
      const a = left(subject, budget);
      const b = right(subject, budget);
      return located(() => operation(a, b, budget), position);
    };
  }

  private conditional(node: jsep.ConditionalExpression): Evaluate {
    const test = this.compile(node.test);
    const consequent = this.compile(node.consequent);
    const alternate = this.compile(node.alternate);
    return (subject, budget) => (truthy(test(subject, budget)) ? consequent : alternate)(subject, budget);
  }

  private list(node: jsep.ArrayExpression): Evaluate {
    const elements = node.elements.map((element) =>
      element === null ? refuse(node, 'the list has a hole') : this.compile(element),
    );
    return (subject, budget) => elements.map((element) => element(subject, budget));
  }

  private call(node: jsep.CallExpression): Evaluate {
    const { callee } = node;
    const name = callee.type === 'Identifier' ? String(callee['name']) : '';
    const target = this.dialect.functions ? numericFunction(name, node.arguments.length) : undefined;
    if (target === undefined) return refuse(node, 'this call is not allowed');
    const values = node.arguments.map((argument) => this.compile(argument));
    const position = positionOf(node);
    return (subject, budget) => {
      const numbers = values.map((value) => value(subject, budget));
      return located(() => target.call(numbers.map(operand)), position);
    };
  }
}

/** The key of `.name`, `["name"]` and `[0]`. */
function staticKey(node: jsep.MemberExpression): string | number | undefined {
  const { property } = node;
  if (!isNode(property)) return undefined;
  if (!node.computed) return String(property['name']);
  const key = property['value'];
  return property.type === 'Literal' && (typeof key === 'string' || typeof key === 'number') ? key : undefined;
}

function refuse(node: SyntaxNode, message: string): never {
  throw new Fault(message, positionOf(node));
}
