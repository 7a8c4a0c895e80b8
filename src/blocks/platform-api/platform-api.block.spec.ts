import { describe, expect, it } from 'vitest';
import type { BlockOutcome, ChildRun, ChildRuns } from '#libs/block-kit';
import type { JsonObject } from '#libs/json-guard';
import { aContext, aScope, compileAlone } from '../../../libs/block-kit/compile-alone.js';
import { MemoryApi } from '../../../test/support/memory-ports.js';
import { PlatformApiBlock } from './platform-api.block.js';

const ID = '019b7c2e-4567-7abc-89ab-0123456789ab';
const type = new PlatformApiBlock(new MemoryApi());
const child: ChildRun = { id: ID, status: 'unfinished', output: null, error: null };

/** The other side of a run below the step: knows one run, and notes what it is asked to start. */
class Children implements ChildRuns {
  readonly started: object[] = [];
  constructor(private readonly known: ChildRun | null = null) {}
  start: ChildRuns['start'] = async (request) => (this.started.push(request), child);
  find: ChildRuns['find'] = async () => this.known;
}

async function run(
  config: JsonObject,
  input: JsonObject = {},
  children: ChildRuns = new Children(),
): Promise<BlockOutcome> {
  const block = compileAlone(type, { config });
  return block.run(block.resolve(aScope({ input })), aContext({ children }));
}

describe('platform_api', () => {
  it('calls and goes on with the answer', async () => {
    const config = {
      resource: 'agents',
      operation: 'update',
      resourceId: '{{input.id}}',
      body: { name: '{{input.name}}' },
    };
    expect(await run(config, { id: 'agent_1', name: 'Ann' })).toEqual({
      kind: 'done',
      output: {
        status: 200,
        body: { resource: 'agents', operation: 'update', id: 'agent_1', body: { name: 'Ann' }, params: {} },
      },
    });
    expect(
      await run({ resource: 'runs', operation: 'list', params: { limit: '{{input.n}}' } }, { n: 5 }),
    ).toMatchObject({
      output: { body: { id: null, body: {}, params: { limit: 5 } } },
    });
  });

  it('takes a body that is JSON text', async () => {
    const config = { resource: 'agents', operation: 'create', body: '{"name": "{{input.name}}"}' };
    expect(await run(config, { name: 'Ann' })).toMatchObject({ output: { body: { body: { name: 'Ann' } } } });
  });

  it('fails as the API refuses', async () => {
    expect(await run({ resource: 'runs', operation: 'cancel', resourceId: 'secret' })).toEqual({
      kind: 'failed',
      error: { code: 'FORBIDDEN', message: 'The API key lacks a scope' },
      retryable: false,
    });
  });

  it.each([
    [
      { resource: 'runs', operation: 'get', resourceId: '{{input.nothing}}' },
      'resourceId must be the id of one of runs',
    ],
    [{ resource: 'agents', operation: 'create', body: 'name' }, 'body must be an object, or the JSON text of one'],
    [{ resource: 'agents', operation: 'create', body: '[1]' }, 'body must be an object, or the JSON text of one'],
    [
      { resource: 'agents', operation: 'create', body: '{"name": "\\u0000"}' },
      'body must be an object, or the JSON text of one',
    ],
    [{ resource: 'agents', operation: 'create', body: '"{}"' }, 'body must be an object, or the JSON text of one'],
  ])('fails on %j', async (config, message) => {
    expect(await run(config)).toMatchObject({ kind: 'failed', error: { code: 'INVALID_INPUT', message } });
  });

  it.each([
    [{ resource: 'runs', operation: 'create' }, 'must be one of list, get, cancel, retry for runs'],
    [{ resource: 'agents', operation: 'constructor' }, 'must be one of list, get, create, update, delete for agents'],
    [{ resource: 'workflows', operation: 'run' }, 'is needed by the operation "run"'],
  ])('refuses %j', (config, message) => {
    expect(() => compileAlone(type, { config })).toThrow(message);
  });
});

describe('platform_api that runs a workflow', () => {
  const config = { resource: 'workflows', operation: 'run', resourceId: ID, body: { input: { n: '{{input.n}}' } } };

  it('starts it below the step and waits', async () => {
    const children = new Children();
    const waits = { kind: 'wait', until: null, output: { runId: `run_${ID}` }, resumes: true };
    expect(await run(config, { n: 1 }, children)).toEqual(waits);
    expect(children.started).toEqual([{ workflowId: ID, input: { n: 1 }, detached: false }]);
    const ended = new Children({ ...child, status: 'completed', output: 7 });
    const nothing = { signal: null, parked: null, until: null };
    expect(await compileAlone(type, { config }).resume?.({}, aContext({ children: ended }), nothing)).toEqual({
      kind: 'done',
      output: { status: 200, body: { runId: `run_${ID}`, status: 'completed', output: 7 } },
    });
  });

  it('goes on at once where it does not wait', async () => {
    expect(await run({ ...config, wait: false })).toEqual({
      kind: 'done',
      output: { status: 202, body: { runId: `run_${ID}`, status: 'pending', output: null } },
    });
  });

  it('starts nothing that the key may not start', async () => {
    const children = new Children();
    expect(await run({ ...config, resourceId: 'secret' }, {}, children)).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    expect(children.started).toEqual([]);
  });
});

describe('platform_api in a graph', () => {
  it.each([
    [
      { resource: 'agents', agents_operation: 'get', resource_id: ID, body: null, use_raw_json: false },
      { resource: 'agents', operation: 'get', resourceId: ID },
    ],
    [
      {
        resource: 'agents',
        operation: 'create',
        name: 'Ann',
        system_prompt: 'Brief.',
        settings: { max_tokens: 5 },
        model: '',
      },
      {
        resource: 'agents',
        operation: 'create',
        body: { name: 'Ann', instructions: 'Brief.', settings: { maxTokens: 5 } },
      },
    ],
    [
      {
        resource: 'workflows',
        workflows_operation: 'run',
        resource_id: ID,
        body: { variables: { a: 1 } },
        wait: false,
      },
      { resource: 'workflows', operation: 'run', resourceId: ID, body: { input: { a: 1 } }, wait: false },
    ],
    [
      {
        resource: 'agents',
        agents_operation: 'create',
        use_raw_json: true,
        body: '{"name":"Ann"}',
        params: { limit: 1 },
      },
      { resource: 'agents', operation: 'create', body: '{"name":"Ann"}', params: { limit: 1 } },
    ],
  ])('%j', (config, expected) => {
    expect(type.graph.toConfig?.(config, undefined as never, new Set())).toEqual(expected);
  });

  it('shows body and status', () => {
    expect(type.graph.toData?.({ status: 201, body: { id: 1 } }, null)).toEqual({
      output: { id: 1 },
      status_code: 201,
    });
  });
});
