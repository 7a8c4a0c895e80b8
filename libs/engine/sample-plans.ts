import type { BlockContext, BlockOutcome } from '#libs/block-kit';
import type { Json } from '#libs/json-guard';
import { DEFAULT_RETRY } from '#libs/retry';
import { executePlan, type PlanOutcome, type PlanRun } from './execute-plan.js';
import { applyEvent, emptyProgress, type Journal, type Progress, type StepEvent } from './journal.js';
import { createPlan, type NestedPlan, type Plan, type PlanEdge, type PlanNode } from './plan.js';

/** Plans, journals and runs for the engine's specs. */

type Run = (context: BlockContext) => BlockOutcome | Promise<BlockOutcome>;

/** A pure node that calls `run`, or ends as it says. */
export const aNode = (id: string, run: Run | BlockOutcome, members: Partial<PlanNode> = {}): PlanNode => ({
  id,
  type: 'sample',
  effect: 'pure',
  block: { resolve: () => ({ id }), run: (_input, context) => (typeof run === 'function' ? run(context) : run) },
  retry: DEFAULT_RETRY,
  onError: { strategy: 'fail' },
  ...members,
});

export const done = (output: Json, members: object = {}): BlockOutcome => ({ kind: 'done', output, ...members });

export const failure = (message: string, members: object = {}): BlockOutcome => ({
  kind: 'failed',
  error: { code: 'BROKEN', message },
  retryable: false,
  ...members,
});

/** A node that executes `plan` once for each of `count` indexes, all at the same time, and answers with their outputs. */
export const aLoop = (id: string, plan: Plan, count: number, members: Partial<PlanNode> = {}): PlanNode => {
  const nested: NestedPlan = { effect: plan.effect, plan };
  const iterate = async (_input: Json, context: BlockContext): Promise<BlockOutcome> => {
    const indexes = Array.from({ length: count }, (_, index) => index);
    const outcomes = await Promise.all(
      indexes.map((index) => context.execute(nested, index, { item: `item ${index}`, index })),
    );
    const untils = outcomes.flatMap((outcome) =>
      outcome.status === 'waiting' ? (outcome.until?.getTime() ?? []) : [],
    );
    const failed = outcomes.find((outcome) => outcome.status === 'failed');
    if (failed) return { kind: 'failed', error: failed.error, retryable: false };
    if (outcomes.some(({ status }) => status === 'waiting'))
      return {
        kind: 'wait',
        until: untils.length > 0 ? new Date(Math.min(...untils)) : null,
        output: null,
        resumes: true,
      };
    return done(outcomes.map((outcome) => (outcome.status === 'completed' ? outcome.output : null)));
  };
  const block = { resolve: () => ({ count }), run: iterate, resume: iterate, nested, keepsInput: true as const };
  return aNode(id, done(null), { effect: plan.effect, ...members, block });
};

/** Edges written as `a>b`, or `a:route>b`. */
export const aPlan = (nodes: readonly PlanNode[], ...edges: string[]): Plan => createPlan(nodes, edges.map(toEdge));

function toEdge(text: string): PlanEdge {
  const [source = '', to = ''] = text.split('>');
  const [from = '', when] = source.split(':');
  return when === undefined ? { from, to } : { from, to, when };
}

export const aChain = (...nodes: PlanNode[]): Plan =>
  aPlan(nodes, ...nodes.slice(1).map((node, index) => `${nodes[index]?.id}>${node.id}`));

/** Keeps events in memory; `durable` is how many of them have been committed. */
export class MemoryJournal implements Journal {
  durable = 0;

  constructor(readonly events: StepEvent[] = []) {}

  record(event: StepEvent): void {
    this.events.push(structuredClone(event));
  }

  async commit(): Promise<void> {
    await Promise.resolve();
    this.durable = this.events.length;
  }
}

export function fold(events: readonly StepEvent[]): Progress {
  const progress = emptyProgress();
  for (const event of events) applyEvent(progress, structuredClone(event));
  return progress;
}

/** A new run of the plan. */
export const aRun = (plan: Plan, members: Partial<PlanRun> = {}): PlanRun & { journal: MemoryJournal } => ({
  plan,
  organizationId: 'organization-1',
  runId: 'run-1',
  input: { from: 'input' },
  progress: emptyProgress(),
  signal: new AbortController().signal,
  ...members,
  journal: (members.journal as MemoryJournal | undefined) ?? new MemoryJournal(),
});

/**
 * Executes a plan from a journal to its end as workers would: each time from the fold of what is written, and each time the run waits, the
 * clock moves on to when it is due.
 */
export async function drive(plan: Plan, events: StepEvent[]): Promise<PlanOutcome> {
  let time = new Date('2026-11-22T10:00:00.000Z');
  for (;;) {
    const journal = new MemoryJournal(events);
    const outcome = await executePlan(aRun(plan, { progress: fold(events), journal, now: () => time }));
    if (outcome.status !== 'waiting') return outcome;
    if (outcome.until === null) throw new Error('nothing will wake the run');
    time = outcome.until;
  }
}
