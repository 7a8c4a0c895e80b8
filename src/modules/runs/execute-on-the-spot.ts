import { executePlan, emptyProgress, type Progress, type StepEvent } from '#libs/engine';
import { checkOutput, type CompiledWorkflow } from '../workflows/index.js';
import { endingEvent, toEnding } from './run-ending.js';
import { now } from './run.events.js';
import type { NewRun } from './run-ledger.js';

/**
 * Executes a pure plan in memory and fills in how the run ended. Bounded by the limits of its templates.
 * @param onBug told of exceptions of blocks
 */
export async function executeOnTheSpot(
  run: NewRun,
  workflow: CompiledWorkflow,
  onBug: (error: unknown, stepId: string) => void,
): Promise<Progress> {
  const begun = performance.now();
  const progress = emptyProgress();
  run.events.push({ type: 'run.started', at: now(), attempt: 1 });
  const outcome = await executePlan({
    plan: workflow.plan,
    organizationId: run.organizationId,
    runId: run.id,
    connectionId: run.connectionId,
    input: run.input,
    progress,
    journal: { record: (event: StepEvent) => void run.events.push(event), commit: () => Promise.resolve() },
    signal: AbortSignal.timeout(run.maxDurationMs),
    onBug,
  });
  const ending = toEnding(outcome.status === 'completed' ? checkOutput(workflow, outcome) : outcome, 'deadline');
  const event = endingEvent(ending);
  if (event) run.events.push(event);
  Object.assign(run, { status: ending.status, output: ending.output, error: ending.error });
  run.elapsedMs = Math.round(performance.now() - begun);
  return progress;
}
