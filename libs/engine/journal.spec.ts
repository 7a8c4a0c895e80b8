import { describe, expect, it } from 'vitest';
import { applyEvent, emptyProgress, type StepEvent } from './journal.js';
import { fold } from './sample-plans.js';

const at = (second: number) => `2026-11-22T10:00:0${second}.000Z`;
const started: StepEvent = { type: 'step.started', at: at(0), stepId: 'a', attempt: 1, input: { x: 1 } };
const error = { code: 'BROKEN', message: 'it broke' };

describe('the fold of a journal', () => {
  it('knows a step from its start on', () => {
    expect(fold([started]).steps.get('a')).toEqual({
      id: 'a',
      status: 'running',
      attempt: 1,
      input: { x: 1 },
      output: null,
      error: null,
      continued: false,
      startedAt: at(0),
      completedAt: null,
    });
  });

  it('knows its result, route and variables', () => {
    const { steps, variables } = fold([
      started,
      {
        type: 'step.completed',
        at: at(1),
        stepId: 'a',
        attempt: 1,
        output: 7,
        route: 'then',
        variables: { v: 1 },
        ends: true,
      },
    ]);
    expect(steps.get('a')).toMatchObject({
      status: 'completed',
      output: 7,
      route: 'then',
      ends: true,
      completedAt: at(1),
    });
    expect(variables).toEqual({ v: 1 });
  });

  it('keeps the first start and the last attempt of a step that was repeated', () => {
    const events: StepEvent[] = [
      started,
      { type: 'step.retrying', at: at(1), stepId: 'a', attempt: 1, error, until: at(2) },
      { type: 'step.started', at: at(2), stepId: 'a', attempt: 2, input: { x: 2 } },
    ];
    expect(fold(events.slice(0, 2)).steps.get('a')).toMatchObject({ status: 'retrying', error, until: at(2) });
    expect(fold(events).steps.get('a')).toMatchObject({ status: 'running', attempt: 2, error: null, startedAt: at(0) });
  });

  it('tells a failure that ended the run from one that it went on from', () => {
    const failed: StepEvent = { type: 'step.failed', at: at(1), stepId: 'a', attempt: 1, error };
    expect(fold([started, failed]).steps.get('a')).toMatchObject({ status: 'failed', continued: false, output: null });
    expect(fold([started, { ...failed, output: 0 }]).steps.get('a')).toMatchObject({ continued: true, output: 0 });
  });

  it('opens the steps that ended the run again when it is retried, and no others', () => {
    const progress = fold([
      { type: 'step.failed', at: at(1), stepId: 'ended', attempt: 1, error },
      { type: 'step.failed', at: at(1), stepId: 'went-on', attempt: 1, error, output: null },
      { type: 'step.completed', at: at(1), stepId: 'done', attempt: 1, output: 1 },
    ]);
    applyEvent(progress, { type: 'run.retried' });
    expect([...progress.steps.keys()]).toEqual(['went-on', 'done']);
  });

  it('ignores the events of the run itself', () => {
    const progress = emptyProgress();
    applyEvent(progress, { type: 'run.started' });
    expect(progress).toEqual(emptyProgress());
  });
});
