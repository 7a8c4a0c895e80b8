import { describe, expect, it } from 'vitest';
import type { ChildRun, ChildRuns } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { OrchestrationBlock } from './orchestration.block.js';

const type = new OrchestrationBlock();
const ID = '019b7c2e-4567-7abc-89ab-0123456789ab';
const child = (members: Partial<ChildRun> = {}): ChildRun => ({
  id: ID,
  status: 'unfinished',
  output: null,
  error: null,
  ...members,
});

/** The other side: knows at most one run, and notes what it is asked to start. */
class Children implements ChildRuns {
  readonly started: object[] = [];
  constructor(private readonly known: ChildRun | null = null) {}
  start: ChildRuns['start'] = async (request) => (this.started.push(request), child());
  find: ChildRuns['find'] = async () => this.known;
}

const run = (config: JsonObject, children: ChildRuns, attempt = 1) => {
  const block = compileAlone(type, { config });
  return block.run(block.resolve(aScope({ input: { order: 7 } })), aContext({ children, attempt }));
};

describe('orchestration', () => {
  it('starts the workflow and waits for it', async () => {
    const children = new Children();
    expect(await run({ workflowId: `wf_${ID}`, input: { order: '{{input.order}}' } }, children)).toEqual({
      kind: 'wait',
      until: null,
      output: { runId: `run_${ID}` },
      resumes: true,
    });
    expect(children.started).toEqual([{ workflowId: `wf_${ID}`, input: { order: 7 }, detached: false }]);
  });

  it('goes on at once where it does not wait', async () => {
    const outcome = await run({ orchestration_id: ID, wait: false }, new Children());
    expect(outcome).toEqual({ kind: 'done', output: { runId: `run_${ID}`, status: 'pending', output: null } });
  });

  it.each([
    [child(), { kind: 'wait' }],
    [child({ status: 'completed', output: 1 }), { kind: 'done', output: { status: 'completed', output: 1 } }],
    [
      child({ status: 'failed', error: { code: 'STEP_ERROR', message: 'Step a failed' } }),
      { kind: 'failed', error: { message: `Run run_${ID} ended as failed: Step a failed` }, retryable: true },
    ],
    [child({ status: 'cancelled' }), { kind: 'failed', error: { code: 'WORKFLOW_FAILED' } }],
    [null, { kind: 'failed', error: { code: 'WORKFLOW_FAILED' } }],
  ])('answers with what became of the run: %j', async (known, outcome) => {
    const block = compileAlone(type, { config: { workflowId: ID } });
    const resumption = { signal: null, parked: null, until: null };
    expect(await block.resume?.({}, aContext({ children: new Children(known) }), resumption)).toMatchObject(outcome);
  });

  it('takes over the run that it had started when a crash cut it off, and starts another after one that failed', async () => {
    const going = new Children(child());
    expect(await run({ workflowId: ID }, going, 2)).toMatchObject({ kind: 'wait' });
    expect(going.started).toEqual([]);
    const broken = new Children(child({ status: 'failed' }));
    await run({ workflowId: ID }, broken, 2);
    expect(broken.started).toHaveLength(1);
  });

  it('fails with the reason when the workflow cannot be started', async () => {
    const refused = { code: 'INVALID_STATUS', message: 'Workflow must be active to run.' };
    const children = { start: async () => ({ refused, retryable: false }), find: async () => null };
    expect(await run({ workflowId: ID }, children)).toEqual({ kind: 'failed', error: refused, retryable: false });
    expect(await run({ workflowId: '{{input.order}}' }, children)).toMatchObject({ error: { code: 'INVALID_INPUT' } });
    expect(await run({ workflowId: ID, input: '{{input.order}}' }, children)).toMatchObject({
      error: { code: 'INVALID_INPUT' },
    });
  });

  it.each([{}, { workflowId: ID, orchestration_id: ID }])('refuses %j', (config) => {
    expect(() => compileAlone(type, { config })).toThrow('needs one workflowId');
  });
});
