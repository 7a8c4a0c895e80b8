import type { PlanOutcome } from '#libs/engine';
import type { CompiledWorkflow } from './compile-definition.js';

/** Holds a completed run's output against the workflow's output schema; defaults are filled in. */
export function checkOutput(
  workflow: CompiledWorkflow,
  outcome: PlanOutcome & { status: 'completed' },
): PlanOutcome | { status: 'failed'; error: { code: string; message: string } } {
  if (!workflow.output) return outcome;
  const result = workflow.output.validate(outcome.output);
  if (result.ok) return { status: 'completed', output: result.value };
  const [issue] = result.issues;
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')} ` : '';
  return {
    status: 'failed',
    error: {
      code: 'OUTPUT_INVALID',
      message: `The output does not satisfy the outputSchema: ${where}${issue?.message ?? ''}`,
    },
  };
}
