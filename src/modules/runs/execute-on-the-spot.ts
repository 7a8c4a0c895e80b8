import { applyEvent, executePlan, emptyProgress, type Progress, type StepEvent } from '#libs/engine';
import type { JsonObject } from '#libs/json-guard';
import { checkOutput, type CompiledWorkflow, type Privacy } from '../workflows/index.js';
import type { RunView } from './dto/run.dto.js';
import { erased, shown } from './payloads/shown-payloads.js';
import { endingEvent, toEnding } from './run-ending.js';
import { now } from './run.events.js';
import type { InsertedRun, NewRun } from './run-ledger.js';
import type { PlannedRun } from './run-planner.js';

/**
 * Executes a pure plan in memory and fills in how the run ended. Bounded by the limits of its templates.
 * @param onBug told of exceptions of blocks
 */
export async function executeOnTheSpot(
  run: NewRun,
  { head: { compiled: workflow }, connection }: PlannedRun,
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
    ...(connection && { connection: connection.shown }),
    input: run.input,
    ...(workflow.defaults && { variables: run.input as JsonObject }),
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

/** A run on the spot needs no payload after its end: what is erased later of others is never written of it. */
export const erasedRun = (run: NewRun, privacy: Privacy): NewRun => ({
  ...run,
  ...erased(run, privacy),
  sealed: false,
});

/** A run that was executed on the spot as its caller is shown it. */
export function finishedRun(
  run: NewRun,
  { privacy }: CompiledWorkflow,
  inserted: InsertedRun,
  progress: Progress,
): { run: RunView; progress: Progress } {
  const view = { ...run, ...inserted, attempt: 1 };
  if (!privacy) return { run: view, progress };
  const { events, ...values } = shown(run, privacy);
  const seen = emptyProgress();
  for (const event of events) applyEvent(seen, event);
  return { run: { ...view, ...values }, progress: seen };
}
