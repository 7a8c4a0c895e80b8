import { describe, expect, it } from 'vitest';
import { formatId, newId } from '#libs/ids';
import type { Operation } from './support/history.js';
import { type Case, violations } from './support/invariants.js';
import { canaryOf } from './support/load-client.js';

/** One run that went as it should. */
function aCase(): Case & { operations: Operation[] } {
  const [organization_id, id, workflow_id] = [newId(), newId(), newId()];
  const input = { key: 'a', canary: canaryOf(organization_id) };
  const operation: Operation = {
    op: 1,
    organizationId: organization_id,
    workflowId: formatId('wf', workflow_id),
    idempotencyKey: 'a',
    input,
    url: '',
    invokedAt: 0,
    outcome: 'ok',
    answeredAt: 10,
    status: 202,
    runId: id,
    canaries: [organization_id],
  };
  return {
    operations: [operation],
    runs: [{ organization_id, id, workflow_id, status: 'completed', input, output: null, error: null, last_seq: 5 }],
    segments: [
      { run_id: id, last_seq: 1, events: [{ type: 'run.queued' }] },
      {
        run_id: id,
        last_seq: 4,
        events: [{ type: 'run.started' }, { type: 'step.started' }, { type: 'step.completed', stepId: 'call' }],
      },
      { run_id: id, last_seq: 5, events: [{ type: 'run.completed' }] },
    ],
    moves: [
      { run_id: id, from: null, to: 'queued' },
      { run_id: id, from: 'queued', to: 'running' },
      { run_id: id, from: 'running', to: 'completed' },
    ],
    effects: [{ idempotencyKey: `${id}:call`, runId: id, port: 0, answered: true }],
    outputs: [''],
    allowance: {},
  };
}

type Fault = [code: string, what: string, make: (it: ReturnType<typeof aCase>) => void];

const first = <T>(list: readonly T[]): T => list[0] as T;

const FAULTS: Fault[] = [
  [
    'I1',
    'an acknowledged run that is missing',
    (it) => Object.assign(it, { runs: [], segments: [], moves: [], effects: [] }),
  ],
  ['I1', 'a run that is stuck', (it) => Object.assign(first(it.runs), { status: 'running' })],
  ['I1', 'a run that failed', (it) => Object.assign(first(it.runs), { status: 'failed' })],
  [
    'I2',
    'a refused operation that left a run',
    (it) => Object.assign(first(it.operations), { outcome: 'fail', status: 400 }),
  ],
  ['I3', 'two runs of one key', (it) => it.runs.push({ ...first(it.runs), id: newId() })],
  [
    'I3',
    'an answer with the run of another key',
    (it) => it.operations.push({ ...first(it.operations), idempotencyKey: 'b' }),
  ],
  ['I3', 'a success without a run', (it) => delete first(it.operations).runId],
  ['I3', 'a run that nobody asked for', (it) => Object.assign(first(it.runs), { input: { key: 'b' } })],
  ['I4', 'an effect that never happened', (it) => Object.assign(it, { effects: [] })],
  [
    'I4',
    'an effect that happened twice',
    (it) => Object.assign(it, { effects: [first(it.effects), first(it.effects)] }),
  ],
  ['I4', 'an effect under another key', (it) => Object.assign(first(it.effects), { idempotencyKey: newId() })],
  [
    'I5',
    'a move out of a final state',
    (it) => it.moves.push({ run_id: first(it.runs).id, from: 'completed', to: 'running' }),
  ],
  ['I5', 'a second end in the events', (it) => first(it.segments).events.push({ type: 'run.completed' })],
  ['I5', 'a gap in the events', (it) => it.segments.splice(1, 1)],
  ['I8', 'more than the limit', (it) => Object.assign(it, { allowance: { limit: 0 } })],
  ['I9', "another tenant's data in an answer", (it) => Object.assign(first(it.operations), { canaries: [newId()] })],
  ['I9', "another tenant's data in a run", (it) => Object.assign(first(it.runs), { output: canaryOf(newId()) })],
  ['I9', 'an input in the log', (it) => Object.assign(it, { outputs: [canaryOf(newId())] })],
  ['I10', 'no progress', (it) => Object.assign(it, { operations: [] })],
  ['B1.5', 'a request that hung', (it) => Object.assign(first(it.operations), { answeredAt: 10_001 })],
  [
    'B1.5',
    'an error that is not the outage it should be',
    (it) => it.operations.push({ ...first(it.operations), outcome: 'info', status: 500 }),
  ],
];

describe('the checker of invariants', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(violations(aCase())).toEqual([]);
  });

  it.each(FAULTS)('%s: finds %s', (code, _what, make) => {
    const it = aCase();
    make(it);
    expect(violations(it).map((sentence) => sentence.split(':')[0])).toContain(code);
  });
});
