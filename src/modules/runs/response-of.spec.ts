import { emptyProgress, type Plan, type StepRecord } from '#libs/engine';
import type { Json } from '#libs/json-guard';
import { describe, expect, it } from 'vitest';
import { responseOf } from './response-of.js';

const plan = (types: string[], more: Partial<Plan> = {}): Plan =>
  ({ nodes: types.map((type, index) => ({ id: `s${index}`, type })), edges: [], effect: 'pure', ...more }) as never;

function progressOf(...records: ([status: StepRecord['status'], input: Json, output?: Json] | null)[]) {
  const progress = emptyProgress();
  records.forEach((record, index) => {
    if (record)
      progress.steps.set(`s${index}`, { status: record[0], input: record[1], output: record[2] ?? null } as never);
  });
  return progress;
}

const NOTHING = { status: null, headers: {} };

describe('the parts of a response', () => {
  it('are what the response step was given', () => {
    const input = {
      output: { status: 1 },
      status: 418,
      headers: { 'X-Pot': 'tea', 'X-Cups': 2, bad: null, worse: {} },
    };
    expect(
      responseOf(plan(['transform', 'response']), progressOf(['completed', { status: 500 }], ['completed', input])),
    ).toEqual({
      status: 418,
      headers: { 'X-Pot': 'tea', 'X-Cups': '2' },
    });
  });

  it('are those of the last response step that completed', () => {
    const three = plan(['response', 'response', 'response']);
    const progress = progressOf(
      ['completed', { status: 201 }],
      ['completed', { status: 202 }],
      ['skipped', { status: 203 }],
    );
    expect(responseOf(three, progress).status).toBe(202);
  });

  it('are nothing without one', () => {
    expect(responseOf(plan(['transform']), progressOf(['completed', { status: 201 }]))).toEqual(NOTHING);
    expect(responseOf(plan(['response']), progressOf(null))).toEqual(NOTHING);
    expect(responseOf(plan(['response']), progressOf(['failed', { status: 201 }]))).toEqual(NOTHING);
    expect(responseOf(plan(['response']), progressOf(['completed', '[hidden]']))).toEqual(NOTHING);
  });

  it('of a graph are in what its response block put out', () => {
    const graph = plan(['response'], { answer: { nodes: new Set(['s0']), read: (output) => output } });
    const put = { output: 1, status: '201', headers: [{ cells: { Key: 'X-A', Value: 'b' } }, { cells: {} }, 7] };
    expect(responseOf(graph, progressOf(['completed', { status: 500 }, put]))).toEqual({
      status: 201,
      headers: { 'X-A': 'b' },
    });
    expect(responseOf(plan(['response']), progressOf(['completed', {}, put]))).toEqual(NOTHING);
  });

  it.each([99, 100, 199, 600, 200.5, -1, 'ok', '2000', true, null, [200]])('have no status %j', (status) => {
    expect(responseOf(plan(['response']), progressOf(['completed', { status }])).status).toBeNull();
  });
});
