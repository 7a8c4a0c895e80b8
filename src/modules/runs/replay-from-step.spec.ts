import { describe, expect, it } from 'vitest';
import { createPlan, type Plan, type PlanEdge, type StepEvent } from '#libs/engine';
import type { DomainError } from '../../platform/errors/index.js';
import { takeOver } from './replay-from-step.js';
import type { RunEvent } from './run.events.js';

const at = '2026-01-01T00:00:00.000Z';

function plan(ids: string[], edges: PlanEdge[]): Plan {
  const block = { resolve: () => ({}), run: () => ({ kind: 'done' as const, output: null }) };
  const node = { type: 'transform', effect: 'pure' as const, block, onError: { strategy: 'fail' as const } };
  const retry = { maxAttempts: 1, initialDelayMs: 1, factor: 1, maxDelayMs: 1 };
  return createPlan(
    ids.map((id) => ({ id, retry, ...node })),
    edges,
  );
}
const chain = (...ids: string[]): Plan =>
  plan(
    ids,
    ids.slice(1).map((to, index) => ({ from: ids[index] as string, to })),
  );

const done = (stepId: string, more: object = {}): StepEvent[] => [
  { type: 'step.started', at, stepId, attempt: 1, input: null },
  { type: 'step.completed', at, stepId, attempt: 1, output: stepId, ...more },
];
const failed = (stepId: string, more: object = {}): StepEvent[] => [
  { type: 'step.started', at, stepId, attempt: 1, input: null },
  { type: 'step.failed', at, stepId, attempt: 1, error: { code: 'X', message: 'x' }, ...more },
];
const journal = (...events: RunEvent[][]): RunEvent[] => [
  { type: 'run.queued', at },
  { type: 'run.started', at, attempt: 1 },
  ...events.flat(),
];
const keptIds = (events: StepEvent[]): string[] => [...new Set(events.map(({ stepId }) => stepId))];

describe('a run that goes on from a step takes over', () => {
  it('the steps before it, and nothing of it, of those after it, and of the run itself', () => {
    const events = takeOver(chain('a', 'b', 'c'), journal(done('a'), done('b'), done('c')), 'b');
    expect(events).toEqual(done('a'));
  });

  it('nothing when the step is the first', () => {
    expect(takeOver(chain('a', 'b'), journal(done('a'), failed('b')), 'a')).toEqual([]);
  });

  it('the steps before one that failed or was never reached', () => {
    expect(keptIds(takeOver(chain('a', 'b'), journal(done('a'), failed('b')), 'b'))).toEqual(['a']);
    expect(keptIds(takeOver(chain('a', 'b'), journal(done('a')), 'b'))).toEqual(['a']);
  });

  it('steps that failed and let the run go on, and skipped ones', () => {
    const skipped: StepEvent = { type: 'step.skipped', at, stepId: 'b' };
    const edges = [
      { from: 'a', to: 'b', when: 'then' },
      { from: 'a', to: 'c', when: 'else' },
      { from: 'b', to: 'c' },
    ];
    const events = journal(done('a', { route: 'else' }), [skipped], failed('c', { output: 1 }));
    const branches = plan(['a', 'b', 'c', 'd'], [...edges, { from: 'c', to: 'd' }]);
    expect(keptIds(takeOver(branches, events, 'd'))).toEqual(['a', 'b', 'c']);
  });

  it('the iterations of loops before it', () => {
    const events = journal(done('loop[0].send'), done('loop[1].deep[0].x'), done('loop'), done('after[0].send'));
    expect(keptIds(takeOver(chain('loop', 'after'), events, 'after'))).toEqual([
      'loop[0].send',
      'loop[1].deep[0].x',
      'loop',
    ]);
  });

  it('branches beside it that had finished; what had not runs again', () => {
    const edges = [
      { from: 'a', to: 'left' },
      { from: 'a', to: 'right' },
      { from: 'a', to: 'slow' },
      { from: 'left', to: 'join' },
      { from: 'right', to: 'join' },
    ];
    const parallel = plan(['a', 'left', 'right', 'slow', 'join'], edges);
    const events = journal(done('a'), done('left'), done('right'), failed('slow'));
    expect(keptIds(takeOver(parallel, events, 'left'))).toEqual(['a', 'right']);
  });

  it('what a retry of the original has made good', () => {
    const events = journal(failed('a'), [{ type: 'run.retried', at, attempt: 2 }], done('a'), failed('b'));
    expect(keptIds(takeOver(chain('a', 'b'), events, 'b'))).toEqual(['a']);
  });

  it('nothing of steps that the version to run does not have', () => {
    expect(keptIds(takeOver(chain('a', 'b'), journal(done('old'), done('a')), 'b'))).toEqual(['a']);
  });
});

describe('a run cannot go on from', () => {
  const messageOf = (work: () => unknown): string | undefined => {
    try {
      work();
    } catch (error) {
      expect((error as DomainError).details?.[0]?.path).toEqual(['fromStep']);
      return (error as DomainError).details?.[0]?.message;
    }
    return undefined;
  };

  it('a step that does not exist; the answer names those that do', () => {
    expect(messageOf(() => takeOver(chain('a', 'b'), journal(done('a')), 'x'))).toBe(
      'there is no step "x" in the version to run; it has the steps a, b',
    );
  });

  it('a step before which another has not finished', () => {
    for (const events of [journal(), journal(failed('a'))])
      expect(messageOf(() => takeOver(chain('a', 'b', 'c'), events, 'c'))).toContain('"a" has not');
  });

  it('a step of a branch that was not taken', () => {
    const branches = plan(
      ['a', 'b', 'c'],
      [
        { from: 'a', to: 'b', when: 'then' },
        { from: 'b', to: 'c' },
      ],
    );
    const events = journal(done('a', { route: 'else' }), [{ type: 'step.skipped', at, stepId: 'b' }]);
    expect(messageOf(() => takeOver(branches, events, 'b'))).toContain('branch');
    expect(messageOf(() => takeOver(branches, events, 'c'))).toContain('branch');
  });

  it('a step behind the one that ended the run', () => {
    expect(messageOf(() => takeOver(chain('a', 'b'), journal(done('a', { ends: true })), 'b'))).toContain('ended');
  });
});
