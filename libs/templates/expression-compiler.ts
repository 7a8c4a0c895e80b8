import type { Json } from '#libs/json-guard';
import type { Budget } from './budget.js';
import { equal, includes, order, truthy } from './comparison.js';
import { add, divide, multiply, operand, remainder, subtract } from './decimal.js';
import { parseExpression } from './expression-parser.js';
import { numericFunction } from './numeric-functions.js';
import type { References } from './references.js';
import { readPath, readProperty } from './scope.js';
import {
  positionOf,
  type Binary,
  type Call,
  type Conditional,
  type Identifier,
  type List,
  type Literal,
  type Member,
  type SyntaxNode,
  type Unary,
} from './syntax-tree.js';
import { Fault, located, type Path } from './template-error.js';
import { toText, type Evaluate } from './value.js';

/** What an expression may use, beside the operators. */
interface Dialect {
  /** The names that open a path; undefined: any name, read from the subject (an element of a list). */
  readonly roots?: ReadonlySet<string>;
  /** Further names that open a path, each for the beginning of another one. */
  readonly aliases?: Aliases;
  /** `abs ceil floor max min round` may be called. */
  readonly functions: boolean;
  /** Compiles `{{ … }}`, typed, at that offset; absent where templates cannot stand inside. */
  readonly template?: (source: string, position: number) => Evaluate;
}

/** Names that stand for a path from a root. */
export type Aliases = ReadonlyMap<string, Path>;

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
    switch (node.type) {
      case 'Literal':
        return this.literal(node);
      case 'Identifier':
      case 'MemberExpression':
        return this.path(node);
      case 'UnaryExpression':
        return this.unary(node);
      case 'BinaryExpression':
        return this.binary(node);
      case 'ConditionalExpression':
        return this.conditional(node);
      case 'ArrayExpression':
        return this.list(node);
      case 'CallExpression':
        return this.call(node);
      case 'Template':
        return this.template(node.source, positionOf(node) ?? 0);
      case 'Compound':
      case 'SequenceExpression':
      case 'ThisExpression':
        break;
    }
    return refuse(node, 'expected one expression');
  }

  private literal(node: Literal): Evaluate {
    const { value } = node;
    const position = positionOf(node) ?? 0;
    if (typeof value === 'string' && value.includes('{{')) {
      const evaluate = this.template(value, position + 1);
      return (subject, budget) => toText(evaluate(subject, budget));
    }
    if (typeof value === 'number' && !Number.isFinite(value)) return refuse(node, 'the number is too large');
    return () => value;
  }

  private template(source: string, position: number): Evaluate {
    if (this.dialect.template === undefined) throw new Fault('a template cannot stand here', position);
    return this.dialect.template(source, position);
  }

  private path(node: Identifier | Member): Evaluate {
    const keys: (string | number)[] = [];
    let head: SyntaxNode = node;
    while (head.type === 'MemberExpression') {
      const key = staticKey(head);
      if (key === undefined) break;
      keys.unshift(key);
      head = head.object;
    }
    if (head.type === 'Identifier') return this.read(head, keys);
    const start = head.type === 'MemberExpression' ? this.computed(head) : this.compile(head);
    return (subject, budget) => (readPath(start(subject, budget), keys, budget) ?? null) as Json;
  }

  private read(head: Identifier, keys: readonly (string | number)[]): Evaluate {
    const { roots, aliases } = this.dialect;
    const alias = aliases?.get(head.name);
    const path = [...(alias ?? [head.name]), ...keys];
    if (roots !== undefined) {
      if (!alias && !roots.has(head.name)) return refuse(head, `unknown name ${head.name}`);
      this.references.add(path);
    }
    return (subject, budget) => (readPath(subject, path, budget) ?? null) as Json;
  }

  /** `object[property]` with a property that is only known then; neither text nor a number reads nothing. */
  private computed(node: Member): Evaluate {
    const object = this.compile(node.object);
    const property = this.compile(node.property);
    return (subject, budget) =>
      (readProperty(object(subject, budget), property(subject, budget), budget) ?? null) as Json;
  }

  private unary(node: Unary): Evaluate {
    const argument = this.compile(node.argument);
    const position = positionOf(node);
    if (node.operator === '!' || node.operator === 'not') {
      return (subject, budget) => !truthy(argument(subject, budget));
    }
    if (node.operator !== '-' && node.operator !== '+') return refuse(node, `${node.operator} is not an operator`);
    const sign = node.operator === '-' ? -1 : 1;
    return (subject, budget) => located(() => multiply(sign, operand(argument(subject, budget))), position);
  }

  private binary(node: Binary): Evaluate {
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

  private conditional(node: Conditional): Evaluate {
    const test = this.compile(node.test);
    const consequent = this.compile(node.consequent);
    const alternate = this.compile(node.alternate);
    return (subject, budget) => (truthy(test(subject, budget)) ? consequent : alternate)(subject, budget);
  }

  private list(node: List): Evaluate {
    const elements = node.elements.map((element) =>
      element === null ? refuse(node, 'the list has a hole') : this.compile(element),
    );
    return (subject, budget) => elements.map((element) => element(subject, budget));
  }

  private call(node: Call): Evaluate {
    const { callee } = node;
    const name = callee.type === 'Identifier' ? callee.name : '';
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
function staticKey({ computed, property }: Member): string | number | undefined {
  if (property.type === 'Identifier' && !computed) return property.name;
  if (property.type !== 'Literal') return undefined;
  const { value } = property;
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

function refuse(node: SyntaxNode, message: string): never {
  throw new Fault(message, positionOf(node));
}
