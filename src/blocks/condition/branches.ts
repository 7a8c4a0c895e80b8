import type { CompileContext, CompiledBlock } from '#libs/block-kit';
import type { Json, JsonObject } from '#libs/json-guard';

/** Branches of a condition at most. */
const MOST = 50;

/** `if` for the first branch, `elif_1` … for those after it, `else` when none holds. */
export const routesOf = (config: JsonObject): string[] => [
  ...branchesOf(config).map((_, index) => routeOf(index)),
  'else',
];

const routeOf = (index: number): string => (index === 0 ? 'if' : `elif_${index}`);

/**
 * The conditions of a graph's block, in order: `branches: [{expression}]`, or one `expression`, `condition` or `conditions`; with `cases:
 * [{value}]` the values that `expression` is compared with.
 */
function branchesOf({ branches, expression, cases, condition, conditions }: JsonObject): Json[] {
  if (Array.isArray(branches))
    return branches.map((branch) => (isObject(branch) ? (branch['expression'] ?? null) : branch));
  if (Array.isArray(cases) && typeof expression === 'string') {
    return cases.map(
      (value) => `(${expression}) == ${JSON.stringify(isObject(value) ? (value['value'] ?? null) : value)}`,
    );
  }
  const single = expression ?? condition ?? conditions;
  return single === undefined ? [] : [single];
}

/** Takes the route of the first branch whose condition holds. */
export function compileBranches(config: JsonObject, context: CompileContext): CompiledBlock {
  const sources = branchesOf(config);
  if (sources.length === 0) context.fail('needs branches, each with an expression', 'branches');
  if (sources.length > MOST) context.fail(`has more than ${MOST} branches`, 'branches');
  const branches = sources.map((source, index) => {
    if (source === null || source === '') context.fail('an expression is missing', 'branches', index, 'expression');
    return context.condition(source, 'branches', index, 'expression');
  });
  return {
    resolve: () => ({ branches: sources.map((expression) => ({ expression })) }),
    run: (_input, { scope }) => {
      const index = branches.findIndex((branch) => branch.test(scope));
      const route = index < 0 ? 'else' : routeOf(index);
      return { kind: 'done', output: { output: index >= 0, result: index >= 0, route }, route };
    },
  };
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
