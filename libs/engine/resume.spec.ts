import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { BlockContext, BlockOutcome, CompiledBlock } from '#libs/block-kit';
import { fingerprint, type Json, type JsonObject } from '#libs/json-guard';
import { DEFAULT_RETRY } from '#libs/retry';
import type { Scope } from '#libs/templates';
import type { StepEvent } from './journal.js';
import type { Plan, PlanNode } from './plan.js';
import { aChain, aLoop, aNode, aPlan, done, drive, failure, fold } from './sample-plans.js';

/** What a step of a sample plan does. */
type Behaviour =
  | 'pure'
  | 'external'
  | 'route'
  | 'wait'
  | 'flaky'
  | 'parks'
  | 'continues'
  | 'variable'
  | 'asks'
  | 'loop'
  | 'ends'
  | 'fails';

const ORDINARY: Behaviour[] = [
  'pure',
  'external',
  'route',
  'wait',
  'flaky',
  'parks',
  'continues',
  'variable',
  'asks',
  'loop',
];
const external = { effect: 'external' } as const;

/** A graph: what each node does, and for each earlier node whether an edge leads here and by which route. */
interface Shape {
  behaviours: Behaviour[];
  edges: ('no' | 'yes' | 'then' | 'else')[][];
}

/** At most one node may end or fail the run: which of two came first would be chance. */
const shapes: fc.Arbitrary<Shape> = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc.record({
    behaviours: fc
      .tuple(
        fc.array(fc.constantFrom(...ORDINARY), { minLength: size, maxLength: size }),
        fc.nat(size * 2),
        fc.constantFrom<Behaviour>('ends', 'fails'),
      )
      .map(([list, at, final]) => list.map((behaviour, index) => (index === at ? final : behaviour))),
    edges: fc.array(fc.array(fc.constantFrom('no', 'yes', 'then', 'else'), { minLength: size, maxLength: size }), {
      minLength: size,
      maxLength: size,
    }),
  }),
);

/** Builds the plan; `acted` collects the ids of external steps in the order in which they touched the world. */
function planOf({ behaviours, edges }: Shape, acted: string[]): Plan {
  const names = edges.flatMap((row, to) =>
    row.slice(0, to).flatMap((kind, from) => {
      const routed = behaviours[from] === 'route' && kind !== 'yes' ? `n${from}:${kind}>n${to}` : `n${from}>n${to}`;
      return kind === 'no' ? [] : [routed];
    }),
  );
  return aPlan(
    behaviours.map((behaviour, index) => {
      const before = (edges[index] ?? []).slice(0, index).flatMap((kind, from) => (kind === 'no' ? [] : `n${from}`));
      return toNode(`n${index}`, behaviour, before, acted);
    }),
    ...names,
  );
}

function toNode(id: string, behaviour: Behaviour, before: string[], acted: string[]): PlanNode {
  if (behaviour === 'loop') return toLoop(id, before, acted);
  const members: Partial<PlanNode> =
    behaviour === 'pure' || behaviour === 'route' || behaviour === 'variable' ? {} : external;
  const run = async (context: BlockContext): Promise<BlockOutcome> => {
    if (members.effect === 'external') {
      acted.push(id);
      await new Promise(setImmediate);
    }
    return OUTCOMES[behaviour]({ id, seen: seenBy(context, before) }, context);
  };
  const retry = { ...DEFAULT_RETRY, maxAttempts: 3, initialDelayMs: behaviour === 'parks' ? 10_000 : 0 };
  const onError =
    behaviour === 'continues' ? ({ strategy: 'continue', fallback: { id, fallback: true } } as const) : undefined;
  const node = aNode(id, run, { ...members, retry, ...(onError && { onError }) });
  if (behaviour !== 'asks') return node;
  // Asked more often than there is news: it goes on waiting as before until its time has come.
  const resume: CompiledBlock['resume'] = (_input, { now }, { until, parked }) =>
    until && until <= now() ? done(parked) : { kind: 'wait', until, output: parked, resumes: true };
  return { ...node, block: { ...node.block, resume } };
}

/** Steps that act, wait and act again, once for each of two elements. */
function toLoop(id: string, before: string[], acted: string[]): PlanNode {
  const act = (name: string) =>
    aNode(
      name,
      (context) => {
        acted.push(context.stepId);
        const { item, index } = context.scope as Scope & { item: Json; index: Json };
        return done({ id: context.stepId, item, index, seen: seenBy(context, before) });
      },
      external,
    );
  const pause = aNode(
    `${id}-pause`,
    ({ now }) => ({ kind: 'wait', until: new Date(now().getTime() + 1_000), output: 1 }),
    external,
  );
  return aLoop(id, aChain(act(`${id}-a`), pause, act(`${id}-b`)), 2);
}

/** All that a step may go by, in one number: what is upstream, and the outputs and variables of the steps before it. */
const seenBy = ({ upstream, scope }: BlockContext, before: string[]): number =>
  fingerprint([upstream, ...before.map((id) => [scope.steps[id]?.output ?? null, scope.variables[id] ?? null])])[0] ??
  0;

interface Output extends JsonObject {
  id: string;
  seen: number;
}

const OUTCOMES: Record<Behaviour, (output: Output, context: BlockContext) => BlockOutcome> = {
  pure: (output) => done(output),
  external: (output) => done(output),
  route: (output) => done(output, { route: output.seen % 2 === 0 ? 'then' : 'else' }),
  wait: (output, { now }) => ({ kind: 'wait', until: new Date(now().getTime() + 60_000), output }),
  flaky: (output, { attempt }) => (attempt < 3 ? failure('not yet', { retryable: true }) : done(output)),
  parks: (output, { attempt }) => (attempt < 3 ? failure('not yet', { retryable: true }) : done(output)),
  continues: (_output, { attempt }) => failure('never', { retryable: attempt < 2 }),
  variable: (output) => done(output, { variables: { [output.id]: output.seen } }),
  asks: (output, { now }) => ({ kind: 'wait', until: new Date(now().getTime() + 60_000), output, resumes: true }),
  loop: () => failure('is made elsewhere'),
  ends: (output) => done(output, { ends: true }),
  fails: () => failure('broken'),
};

/** How the steps stand in the end. Which of them still ran when a step ended the run is chance. */
function stepsOf({ behaviours }: Shape, events: StepEvent[]): unknown {
  if (behaviours.some((behaviour) => behaviour === 'ends' || behaviour === 'fails')) return 'chance';
  return [...fold(events).steps.values()]
    .map(({ id, status, output, route = null, continued }) => ({ id, status, output, route, continued }))
    .sort((a, b) => a.id.localeCompare(b.id));
}

describe('a run that goes on after a crash', () => {
  it('ends the same from every prefix of its journal, and never repeats an external step that is completed there', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const events: StepEvent[] = [];
        const outcome = await drive(planOf(shape, []), events);
        for (let length = 0; length <= events.length; length++) {
          const acted: string[] = [];
          const resumed = events.slice(0, length);
          const settled = resumed.filter(({ type }) => type === 'step.completed').map(({ stepId }) => stepId);
          expect(await drive(planOf(shape, acted), resumed)).toEqual(outcome);
          expect(acted.filter((id) => settled.includes(id))).toEqual([]);
          expect(stepsOf(shape, resumed)).toEqual(stepsOf(shape, events));
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('counts the attempt that the crash cut off', async () => {
    const plan = aPlan([aNode('a', ({ attempt }) => done(attempt), external)]);
    const started: StepEvent = {
      type: 'step.started',
      at: '2026-11-22T10:00:00Z',
      stepId: 'a',
      attempt: 1,
      input: null,
    };
    expect(await drive(plan, [started])).toEqual({ status: 'completed', output: 2 });
  });
});
