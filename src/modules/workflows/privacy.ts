import type { NestedPlan, Plan } from '#libs/engine';
import { parseRedactPath, type RedactPath } from '#libs/redaction';
import type { Issue } from '../../platform/errors/index.js';
import type { PayloadStore, WorkflowSettings } from './definition.js';
import { given } from './given.js';

/** How the payloads of a workflow's runs are treated. */
export interface Privacy {
  store: PayloadStore;
  redact: readonly RedactPath[];
}

/**
 * Null where payloads are kept as they are.
 * @param plan undefined when the steps do not compile
 * @param issues gets what is wrong with the paths
 */
export function compilePrivacy(
  settings: WorkflowSettings | undefined,
  plan: Plan | undefined,
  issues: Issue[],
): Privacy | null {
  const { store = 'full', redact = [] } = given(settings);
  const ids = plan && new Set(stepIds(plan));
  const paths = redact.flatMap((text, index) => {
    const path = parseRedactPath(text);
    const message = path ? problem(path, ids) : FORM;
    if (message !== null) issues.push({ path: ['settings', 'redact', index], message });
    return path ?? [];
  });
  return store === 'full' && paths.length === 0 ? null : { store, redact: paths };
}

const FORM =
  'must be a path from input, output, variables or steps.<id>.input|output, such as "input.card.number" or "steps.charge.output.items[*].token"';

function problem(path: RedactPath, ids: ReadonlySet<string> | undefined): string | null {
  return path.root === 'steps' && ids && !ids.has(path.stepId)
    ? `names step "${path.stepId}", which does not exist`
    : null;
}

/** Of all steps, those within others included. */
function stepIds({ nodes }: Plan): string[] {
  return nodes.flatMap(({ id, block }) => {
    const nested = block.nested as NestedPlan | undefined;
    return nested ? [id, ...stepIds(nested.plan)] : [id];
  });
}
