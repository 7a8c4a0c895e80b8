/**
 * The engine: a {@link Plan} is executed against a {@link Journal}. Pure: it knows no database, queue or HTTP.
 * Words: a *node* is a configured block, a *step* its execution in a run, an *attempt* one try, the *journal* the ordered record of what
 * happened, *progress* the fold of the journal.
 */
export { executePlan, type PlanOutcome, type PlanRun } from './execute-plan.js';
export {
  applyEvent,
  emptyProgress,
  type Journal,
  LeaseLost,
  type Progress,
  type StepEvent,
  type StepRecord,
  type StepStatus,
} from './journal.js';
export { createPlan, type NestedPlan, type Plan, type PlanAnswer, type PlanEdge, type PlanNode } from './plan.js';
