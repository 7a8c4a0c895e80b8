import type { Plan } from '#libs/engine';
import type { JsonObject } from '#libs/json-guard';
import type { GraphDefinition, StepDefinition } from '../definition.js';

/** Pixels between two blocks. */
const APART = 300;

/** A list of steps as the graph that it is executed as. */
export function stepsAsGraph(steps: readonly StepDefinition[], { edges }: Plan): GraphDefinition {
  return {
    blocks: steps.map((step, index) => {
      const { id, type, name, config = {} } = step;
      return {
        id,
        type,
        ...(name && { name }),
        config: { ...config, ...membersOf(step) },
        position: { x: index * APART, y: 0 },
      };
    }),
    edges: edges.map(({ from, to, when }, index) => ({
      id: `edge-${index + 1}`,
      source: from,
      target: to,
      sourceHandle: when ?? 'output',
      condition: when ?? null,
    })),
    variables: {},
  };
}

/** Where a block has what a step has beside its configuration. */
function membersOf(step: StepDefinition): JsonObject {
  const { action, retry = step.retryConfig, timeoutMs, onError = step.errorHandling?.strategy } = step;
  return {
    ...(action !== undefined && { action }),
    ...(retry && { retry: { ...retry } }),
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    ...(onError === 'continue' && { on_error: 'continue' }),
  };
}
