import { Execution, type PlanOutcome } from './execution.js';
import type { Plan } from './plan.js';
import { type RunFacts, RunState } from './run-state.js';

export type { PlanOutcome } from './execution.js';

export interface PlanRun extends RunFacts {
  plan: Plan;
}

/**
 * Executes a plan from where its journal stands until it ends or must wait.
 * Ready nodes run concurrently. A pure step is journaled with the next write; an external step's result is durable before anything that
 * depends on it starts. Rejects only with what the journal rejects with.
 */
export async function executePlan({ plan, ...run }: PlanRun): Promise<PlanOutcome> {
  const state = new RunState(run);
  const unsubscribe = run.onWake?.(() => state.wake());
  try {
    return await new Execution(state, plan, run.signal).execute();
  } finally {
    unsubscribe?.();
  }
}
