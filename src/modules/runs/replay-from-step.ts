import { applyEvent, emptyProgress, type Plan, type StepEvent, type StepRecord } from '#libs/engine';
import { type DomainError, validationError } from '../../platform/errors/index.js';
import type { RunEvent } from './run.events.js';

/**
 * What a run that repeats another from a step takes over of its journal: the events of the steps that have settled and do not follow that
 * step. The step itself and all that follow it run again, and so does what had not settled.
 * @param plan of the new run, which may be another version than the original's
 * @throws DomainError VALIDATION_ERROR when the plan has no such step, or the original had not come to it
 */
export function takeOver(plan: Plan, journal: readonly RunEvent[], fromStep: string): StepEvent[] {
  if (!plan.nodes.some(({ id }) => id === fromStep)) {
    const ids = plan.nodes.map(({ id }) => id).join(', ');
    throw refuse(`there is no step "${fromStep}" in the version to run; it has the steps ${ids}`);
  }
  const progress = emptyProgress();
  for (const event of journal) applyEvent(progress, event);
  assertReached(plan, progress.steps, fromStep);
  const again = reach(plan, fromStep, 'forward');
  const kept = new Set(
    plan.nodes.flatMap(({ id }) => {
      const record = progress.steps.get(id);
      return record && isSettled(record) && !record.ends && !again.has(id) ? [id] : [];
    }),
  );
  return journal.filter((event): event is StepEvent => 'stepId' in event && kept.has(topLevel(event.stepId)));
}

/** Everything before the step has settled, and leads to it. */
function assertReached(plan: Plan, records: ReadonlyMap<string, StepRecord>, fromStep: string): void {
  const before = reach(plan, fromStep, 'backward');
  for (const { id } of plan.nodes) {
    if (id === fromStep || !before.has(id)) continue;
    const record = records.get(id);
    if (!record || !isSettled(record))
      throw refuse(`needs the steps before it to have finished in the original run; "${id}" has not`);
    if (record.ends) throw refuse(`is never reached: the step "${id}" ended the original run`);
  }
  const edges = plan.edges.filter(({ to }) => to === fromStep);
  const taken = edges.filter(({ from, when }) => {
    const record = records.get(from);
    return record?.status !== 'skipped' && (when === undefined || when === record?.route);
  });
  if (edges.length > 0 && taken.length === 0) throw refuse('is in a branch that the original run did not take');
}

/** The step and all that follow it, or all that it follows. */
function reach(plan: Plan, start: string, direction: 'forward' | 'backward'): Set<string> {
  const reached = new Set([start]);
  // A set is iterated over what is added meanwhile too.
  for (const id of reached) {
    for (const { from, to } of plan.edges) {
      const [here, there] = direction === 'forward' ? [from, to] : [to, from];
      if (here === id) reached.add(there);
    }
  }
  return reached;
}

const isSettled = ({ status, continued }: StepRecord): boolean =>
  status === 'completed' || status === 'skipped' || (status === 'failed' && continued);

/** The step of the run's own plan that a step is, or is nested in: `loop` for `loop[3].send`. */
const topLevel = (stepId: string): string => stepId.split('[')[0] ?? stepId;

const refuse = (message: string): DomainError =>
  validationError('Request validation failed', { details: [{ path: ['fromStep'], message }] });
