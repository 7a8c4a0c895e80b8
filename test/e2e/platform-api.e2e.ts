import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aDraft, aWorkflow, echoStep, type StepBody } from '../factories/workflow.js';
import type { AgentDto } from '../../src/modules/agents/dto/agent.dto.js';
import { type Answer, type ApiClient, type CreatedApiKeyDto, type RunDto, whenIn, whenOver } from '../support/api.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

const NOBODY = '01a20000-0000-7000-8000-000000000000';
/** What a key needs to write and run the tests' workflows. */
const BASIC = ['workflows:read', 'workflows:write', 'workflows:execute', 'runs:read'] as const;

let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('platform_api');
});
afterAll(() => bed.close());
beforeEach(async () => {
  ({ api } = await bed.guest());
});

const call = (resource: string, operation: string, rest: object = {}, id = 'call'): StepBody => ({
  id,
  type: 'platform_api',
  config: { resource, operation, ...rest },
});
const wait: StepBody = { id: 'ask', type: 'approval', config: { message: 'Go on?' } };

async function run(client: ApiClient, steps: StepBody[], input: object = {}): Promise<RunDto> {
  const { id } = await aWorkflow(client, { steps });
  const { body } = await client.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input });
  return whenOver(client, body.id);
}
/** A run that waits before its calls. */
async function parked(client: ApiClient, steps: StepBody[]): Promise<string> {
  const { id } = await aWorkflow(client, { steps: [wait, ...steps] });
  const { body } = await client.post<{ runId: string }>(`/api/v1/workflows/${id}/run`, { input: {} });
  await whenIn(client, body.runId, ['waiting']);
  return body.runId;
}
async function goOn(client: ApiClient, runId: string): Promise<RunDto> {
  const decided = await client.post(`/api/v1/runs/${runId}/steps/ask/decision`, { decision: 'approve' });
  expect(decided.status, decided.text).toBe(200);
  return whenOver(client, runId);
}
async function keyOf(scopes: readonly string[], more: object = {}): Promise<CreatedApiKeyDto> {
  const answer = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', { name: 'k', scopes, ...more });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}
const errorOf = ({ steps }: RunDto) => steps.find(({ type }) => type === 'platform_api')?.error;

describe('platform_api', () => {
  it('keeps agents', async () => {
    const id = '{{steps.create.output.body.id}}';
    const done = await run(
      api,
      [
        call('agents', 'create', { body: { name: '{{input.name}}', settings: { maxTokens: 5 } } }, 'create'),
        call('agents', 'update', { resourceId: id, body: { instructions: 'Be brief.' } }, 'update'),
        call('agents', 'get', { resourceId: id }, 'get'),
        call('agents', 'list', { params: { limit: 10 } }, 'list'),
        call('agents', 'delete', { resourceId: id }, 'delete'),
      ],
      { name: 'Ann' },
    );
    expect(done.status, JSON.stringify(done)).toBe('completed');
    const [create, update, get, list, remove] = done.steps.map(
      ({ output }) => output as unknown as { status: number; body: AgentDto },
    );
    expect(create).toMatchObject({
      status: 201,
      body: { name: 'Ann', settings: { maxTokens: 5 }, instructions: null },
    });
    expect(update).toMatchObject({ status: 200, body: { id: create?.body.id, instructions: 'Be brief.' } });
    expect(get).toEqual(update);
    expect(list).toEqual({ status: 200, body: { data: [update?.body], cursor: null, hasMore: false } });
    expect(remove).toEqual({ status: 204, body: null });
    expect((await api.get(`/api/v1/agents/${create?.body.id}`)).status).toBe(404);
  });

  it('runs workflows below the step, and waits for them unless it is told not to', async () => {
    const other = await aWorkflow(api, { steps: [echoStep()] });
    const body = { input: { n: '{{input.n}}' } };
    const steps = [
      call('workflows', 'run', { resourceId: other.id, body }, 'await'),
      call('workflows', 'run', { resourceId: other.id, body, wait: false }, 'start'),
    ];
    const done = await run(api, steps, { n: 7 });
    expect(done).toMatchObject({
      status: 'completed',
      steps: [
        {
          output: {
            status: 200,
            body: { runId: expect.stringMatching(/^run_/), status: 'completed', output: { input: { n: 7 } } },
          },
        },
        { output: { status: 202, body: { status: 'pending', output: null } } },
      ],
    });
  });

  it('lists and shows workflows and runs, and cancels runs', async () => {
    const waiting = await parked(api, []);
    const { body: other } = await api.get<RunDto>(`/api/v1/runs/${waiting}`);
    const done = await run(api, [
      call('workflows', 'list', { params: { limit: 1 } }, 'workflows'),
      call('workflows', 'get', { resourceId: other.workflowId }, 'workflow'),
      call('runs', 'list', { params: { status: 'waiting' } }, 'runs'),
      call('runs', 'get', { resourceId: waiting }, 'run'),
      call('runs', 'cancel', { resourceId: waiting }, 'cancel'),
    ]);
    expect(done).toMatchObject({
      status: 'completed',
      steps: [
        { output: { body: { data: [{ id: done.workflowId }], hasMore: true } } },
        { output: { body: { id: other.workflowId, status: 'active' } } },
        { output: { body: { data: [{ id: waiting }] } } },
        { output: { body: { id: waiting, status: 'waiting' } } },
        { output: { status: 200, body: { success: true, status: 'cancelled' } } },
      ],
    });
    expect((await api.get<RunDto>(`/api/v1/runs/${waiting}`)).body.status).toBe('cancelled');
  });

  it('retries runs that have failed', async () => {
    const failed = await run(api, [{ id: 'no', type: 'agent', config: { agentId: NOBODY, message: 'Hi' } }]);
    const done = await run(api, [call('runs', 'retry', { resourceId: failed.id })]);
    expect(done).toMatchObject({ status: 'completed', output: { status: 202, body: { id: failed.id, attempt: 2 } } });
  });

  it.each([
    [call('agents', 'get', { resourceId: NOBODY }), 'NOT_FOUND', 'Agent not found'],
    [call('runs', 'get', { resourceId: 'x' }), 'NOT_FOUND', 'Run not found'],
    [call('workflows', 'run', { resourceId: NOBODY }), 'NOT_FOUND', /was not started. Workflow not found/],
    [call('agents', 'create', { body: { nam: 'Ann' } }), 'VALIDATION_ERROR', /nam is not a known field; name Required/],
    [call('runs', 'list', { params: { limit: 0 } }), 'VALIDATION_ERROR', /limit must not be less than 1/],
  ])('fails as the API refuses: %j', async (step, code, message) => {
    expect(errorOf(await run(api, [step]))).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('does not start a workflow that is no longer active', async () => {
    const draft = await aDraft(api);
    expect(errorOf(await run(api, [call('workflows', 'run', { resourceId: draft.id })]))?.code).toBe('INVALID_STATUS');
  });

  it.each([
    [{ resource: 'sources', operation: 'list' }, '/steps/0/config/resource', /agents, workflows, runs/],
    [{ resource: 'runs', operation: 'create' }, '/steps/0/config/operation', /list, get, cancel, retry/],
    [{ resource: 'runs', operation: 'get' }, '/steps/0/config/resourceId', /is needed/],
  ])('is refused when it is saved as %j', async (config, pointer, message) => {
    const steps = [{ id: 'call', type: 'platform_api', config }];
    const { status, body } = await api.post('/api/v1/workflows', { name: 'x', trigger: { type: 'api' }, steps });
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ pointer, message: expect.stringMatching(message) }]);
  });
});

describe('platform_api may do what the key of its run may do', () => {
  it.each([
    [call('agents', 'create', { body: { name: 'x' } }), 'agents:write'],
    [call('agents', 'list'), 'agents:read'],
  ])('with the scope it needs: %j', async (step, scope) => {
    const { api: poor } = await bed.guest({ scopes: BASIC });
    expect(errorOf(await run(poor, [step]))).toEqual({
      code: 'FORBIDDEN',
      message: `The API key lacks the scope ${scope}`,
    });
  });

  it('also to run workflows', async () => {
    const other = await aWorkflow(api);
    const { id } = await aWorkflow(api, { steps: [call('workflows', 'run', { resourceId: other.id })] });
    const tester = api.with((await keyOf(['workflows:write', 'runs:read'])).key);
    const { body } = await tester.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10&test=true`, { input: {} });
    expect(errorOf(await whenOver(api, body.id))?.message).toBe('The API key lacks the scope workflows:execute');
  });

  it('as long as the key holds', async () => {
    const key = await keyOf([...BASIC, 'agents:read']);
    const runId = await parked(api.with(key.key), [call('agents', 'list')]);
    expect((await api.send('DELETE', `/api/v1/api-keys/${key.id}`)).status).toBe(200);
    expect(errorOf(await goOn(api, runId))).toEqual({
      code: 'FORBIDDEN',
      message: 'The API key that started this run is revoked or expired.',
    });
  });

  it('and nothing where no key started it', async () => {
    const runId = await parked(api, [call('agents', 'list')]);
    await bed.sql('update runs set api_key_id = null where id = $1', [runId.slice(4)]);
    expect(errorOf(await goOn(api, runId))).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/^This run was started without an API key/),
    });
  });

  it('within the workflows to which it is bound', async () => {
    const other = await run(api, [echoStep()]);
    const steps = (step: StepBody): StepBody[] => [{ ...step, onError: 'continue' }];
    const { id } = await aWorkflow(api, { steps: steps(call('runs', 'get', { resourceId: '{{input.run}}' })) });
    const { id: own } = await aWorkflow(api, { steps: [call('workflows', 'list')] });
    const { id: starts } = await aWorkflow(api, {
      steps: [call('workflows', 'run', { resourceId: other.workflowId })],
    });
    const { id: makes } = await aWorkflow(api, { steps: [call('agents', 'create', { body: { name: 'x' } })] });
    const all = [...BASIC, 'agents:write', 'runs:write'];
    const bound = api.with((await keyOf(all, { workflowIds: [id, own, starts, makes] })).key);
    const start = async (workflow: string): Promise<RunDto> => {
      const { body } = await bound.post<RunDto>(`/api/v1/workflows/${workflow}/run?wait=10`, {
        input: { run: other.id },
      });
      return whenOver(api, body.id);
    };
    expect(errorOf(await start(id))).toEqual({ code: 'NOT_FOUND', message: 'Run not found' });
    expect(errorOf(await start(starts))).toEqual({ code: 'NOT_FOUND', message: 'Workflow not found' });
    expect(errorOf(await start(makes))?.code).toBe('FORBIDDEN');
    const { data } = ((await start(own)).output as { body: { data: { id: string }[] } }).body;
    expect(data.map((workflow) => workflow.id).sort()).toEqual([id, own, starts, makes].sort());
  });

  it('within its organization', async () => {
    const { api: stranger } = await bed.guest();
    const { body: agent } = await stranger.post<AgentDto>('/api/v1/agents', { name: 'Other' });
    const theirs = await run(stranger, [echoStep()]);
    const ids = { agents: agent.id, workflows: theirs.workflowId, runs: theirs.id };
    for (const [resource, resourceId] of Object.entries(ids)) {
      const [foreign, unknown] = [
        await run(api, [call(resource, 'get', { resourceId })]),
        await run(api, [call(resource, 'get', { resourceId: NOBODY })]),
      ];
      expect(errorOf(foreign)).toEqual(errorOf(unknown));
      expect(errorOf(foreign)?.code).toBe('NOT_FOUND');
    }
    const started = await run(api, [call('workflows', 'run', { resourceId: theirs.workflowId })]);
    expect(errorOf(started)?.message).toContain('Workflow not found');
    expect((await run(api, [call('agents', 'list')])).output).toMatchObject({ body: { data: [] } });
  });
});

describe('platform_api in a graph', () => {
  const start = { id: 'start', type: 'starter', config: {} };
  async function aGraph(blocks: { id: string; type: string; config: object }[]): Promise<Answer<{ error: string }>> {
    const { body } = await api.post<{ id: string }>('/api/workflows', { name: 'Graph' });
    const edges = blocks.slice(1).map(({ id }, index) => ({ source: blocks[index]?.id, target: id }));
    const path = `/api/workflows/${body.id}`;
    const saved = await api.send<{ error: string }>('PUT', `${path}/graph`, { body: { blocks, edges } });
    return saved.status === 200 ? api.post(`${path}/execute`, { variables: { name: 'Ann' } }) : saved;
  }
  const block = (id: string, config: object) => ({ id, type: 'platform_api', config });

  it('calls with the names of graphs, and shows {output, status_code}', async () => {
    const other = await aWorkflow(api, { steps: [echoStep()] });
    const executed = await aGraph([
      start,
      block('make', {
        resource: 'agents',
        agents_operation: 'create',
        name: '<start.output.name>',
        system_prompt: 'Brief.',
      }),
      block('go', {
        resource: 'workflows',
        workflows_operation: 'run',
        resource_id: other.id,
        body: { variables: { made: '<make.output.name>', status: '<make.status_code>' } },
      }),
      block('gone', { resource: 'agents', agents_operation: 'get', resource_id: NOBODY, on_error: 'continue' }),
      { id: 'out', type: 'response', config: { output: ['<go.output.output>', '<gone.error>'] } },
    ]);
    expect(executed.status, executed.text).toBe(200);
    expect(executed.body).toMatchObject({
      status: 'completed',
      output: [{ input: { made: 'Ann', status: 201 } }, 'Agent not found'],
      block_outputs: { make: { status_code: 201, output: { name: 'Ann', instructions: 'Brief.' } } },
    });
  });

  it.each([
    [
      { resource: 'knowledge_bases', knowledge_bases_operation: 'list' },
      /resource must be one of .*agents, workflows, runs/,
    ],
    [{ resource: 'agents', agents_operation: 'clone' }, /must be one of list, get, create, update, delete for agents/],
    [{ resource: 'agents' }, /operation Required/],
  ])('is refused when it is saved as %j', async (config, message) => {
    const refused = await aGraph([start, block('call', config)]);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatch(/Block "call"/);
    expect(refused.body.error).toMatch(message);
  });
});
