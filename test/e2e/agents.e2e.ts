import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aWorkflow, type StepBody } from '../factories/workflow.js';
import type { AgentDto } from '../../src/modules/agents/dto/agent.dto.js';
import type { GraphAgentDto } from '../../src/dialects/graphs/dto/agent.dto.js';
import {
  type ApiClient,
  type CreatedApiKeyDto,
  type Page,
  type Refusal,
  type RunDto,
  whenOver,
} from '../support/api.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

const AGENTS = '/api/v1/agents';
const GRAPH_AGENTS = '/api/agents';
const NOBODY = '01a20000-0000-7000-8000-000000000000';
const DOCUMENT = `Honey bees tell each other where food is. A bee that has found food dances on the comb. It rained a lot that year, I think.
The dance of the bee points from the sun to the food. Lunch was good. Other bees watch the dance and fly to the food.`;
const SUMMARY =
  'Honey bees tell each other where food is. The dance of the bee points from the sun to the food. Other bees watch the dance and fly to the food.';

let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('agents');
});
afterAll(() => bed.close());
beforeEach(async () => {
  ({ api } = await bed.guest());
});

async function anAgent(body: object = {}, client = api): Promise<AgentDto> {
  const answer = await client.post<AgentDto>(AGENTS, { name: 'Summarizer', ...body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}
async function ask(config: object, input: object = {}, client = api): Promise<RunDto> {
  const steps: StepBody[] = [{ id: 'ask', type: 'agent', config }];
  const { id } = await aWorkflow(client, { steps });
  const { body } = await client.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, { input });
  return whenOver(client, body.id);
}

describe('agents', () => {
  it('are created, read, changed and deleted', async () => {
    const made = await anAgent({ instructions: 'Be brief.', settings: { temperature: 0.2, maxTokens: 50 } });
    expect(made).toEqual({
      id: expect.stringMatching(/^agent_/),
      name: 'Summarizer',
      description: null,
      model: null,
      instructions: 'Be brief.',
      settings: { temperature: 0.2, maxTokens: 50 },
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await api.get<AgentDto>(`${AGENTS}/${made.id.slice(6)}`)).body).toEqual(made);
    const change = {
      body: { description: 'For letters', instructions: null, model: 'gpt-x', settings: { maxTokens: 9 } },
    };
    const { body: changed } = await api.send<AgentDto>('PATCH', `${AGENTS}/${made.id}`, change);
    expect(changed).toMatchObject({ name: 'Summarizer', ...change.body });
    expect(changed.settings).toEqual({ maxTokens: 9 });
    expect((await api.send('DELETE', `${AGENTS}/${made.id}`)).status).toBe(204);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const gone = await api.send(method, `${AGENTS}/${made.id}`, method === 'PATCH' ? { body: {} } : {});
      expect([gone.status, gone.body.detail]).toEqual([404, 'Agent not found']);
    }
  });

  it('are listed newest first, page by page', async () => {
    for (const name of ['A', 'B', 'C']) await anAgent({ name });
    const first = await api.get<Page<AgentDto>>(`${AGENTS}?limit=2`);
    expect(first.body).toMatchObject({ data: [{ name: 'C' }, { name: 'B' }], hasMore: true });
    const rest = await api.get<Page<AgentDto>>(`${AGENTS}?limit=2&cursor=${first.body.cursor}`);
    expect(rest.body).toMatchObject({ data: [{ name: 'A' }], cursor: null, hasMore: false });
  });

  it.each([
    [{}, ['name'], 'Required'],
    [{ name: '' }, ['name'], 'must be longer than or equal to 1 characters'],
    [{ name: 'x', temperature: 1 }, ['temperature'], 'is not a known field'],
    [{ name: 'x', settings: { temperature: 3 } }, ['settings', 'temperature'], 'must not be greater than 2'],
    [{ name: 'x', settings: { maxTokens: 1.5 } }, ['settings', 'maxTokens'], 'must be an integer number'],
  ])('are refused as %j', async (body, path, message) => {
    const answer = await api.in('x-api-key').post<Refusal>(AGENTS, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.details).toEqual([{ path, message }]);
  });

  it('cannot be changed with a key that is bound to workflows', async () => {
    const [agent, { id: workflow }] = [await anAgent(), await aWorkflow(api)];
    const scopes = ['agents:read', 'agents:write'];
    const { body } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', {
      name: 'k',
      workflowIds: [workflow],
      scopes,
    });
    const bound = api.with(body.key);
    expect((await bound.get(`${AGENTS}/${agent.id}`)).status).toBe(200);
    expect((await bound.post(AGENTS, { name: 'x' })).status).toBe(403);
    expect((await bound.send('PATCH', `${AGENTS}/${agent.id}`, { body: { name: 'x' } })).status).toBe(403);
    expect((await bound.send('DELETE', `${AGENTS}/${agent.id}`)).status).toBe(403);
    expect((await bound.post(GRAPH_AGENTS, { name: 'x' })).status).toBe(403);
  });
});

describe('agent steps', () => {
  it('answer offline with a summary of the document', async () => {
    const { id } = await anAgent({ instructions: 'You summarize.' });
    const message = 'Summarize the following document:\n\n{{input.text}}';
    const done = await ask({ agentId: id, message }, { text: DOCUMENT });
    expect(done).toMatchObject({ status: 'completed', output: { text: SUMMARY, model: 'builtin/extract' } });
    expect(done.output).toMatchObject({ usage: { input_tokens: 57, output_tokens: 30, total_tokens: 87 } });
    expect((await ask({ message }, { text: DOCUMENT })).output).toMatchObject({ text: SUMMARY });
  });

  it('follow the settings of the agent, and their own before them', async () => {
    const { id } = await anAgent({ settings: { maxTokens: 8 } });
    const message = '{{input.text}}';
    expect((await ask({ agentId: id, message }, { text: DOCUMENT })).output).toMatchObject({
      text: 'Honey bees tell each other where food is.',
    });
    expect((await ask({ agentId: id, message, maxTokens: 4 }, { text: DOCUMENT })).output).toMatchObject({
      text: 'Honey bees tell each…',
    });
  });

  it.each([
    ['an agent that is gone', { agentId: NOBODY, message: 'Hi' }, 'AGENT_NOT_FOUND', `There is no agent ${NOBODY}`],
    ['no agent’s id', { agentId: 'Ann', message: 'Hi' }, 'AGENT_NOT_FOUND', 'There is no agent Ann'],
    [
      'a model that is not there',
      { model: 'gpt-x', message: 'Hi' },
      'MODEL_NOT_FOUND',
      'There is no model "gpt-x"; this server has: builtin/extract',
    ],
    ['an empty message', { message: '{{input.nothing}}' }, 'INVALID_INPUT', 'message is empty'],
  ])('fail at once on %s', async (_name, config, code, message) => {
    expect(await ask(config)).toMatchObject({ status: 'failed', steps: [{ attempt: 1, error: { code, message } }] });
  });

  it('find no agent of another organization', async () => {
    const { id } = await anAgent({}, (await bed.guest()).api);
    expect(await ask({ agentId: id, message: 'Hi' })).toMatchObject({
      status: 'failed',
      steps: [{ error: { code: 'AGENT_NOT_FOUND' } }],
    });
  });

  it('stay readable when their agent is deleted', async () => {
    const { id } = await anAgent();
    const done = await ask({ agentId: id, message: 'Bees dance.' });
    await api.send('DELETE', `${AGENTS}/${id}`);
    expect((await api.get<RunDto>(`/api/v1/runs/${done.id}`)).body.output).toMatchObject({ text: 'Bees dance.' });
  });
});

describe('agents of the graph dialect', () => {
  const graph = <T = { error: string }>(method: string, path = '', body?: object) =>
    api.send<T>(method, GRAPH_AGENTS + path, { ...(body && { body }), headers: { apikey: 'whatever' } });

  it('are the same agents under its names', async () => {
    const made = await graph<GraphAgentDto>('POST', '', {
      name: 'Ann',
      model: 'builtin/extract',
      system_prompt: 'Be brief.',
      settings: { temperature: 0.3, max_tokens: 9, top_p: 1 },
      temperature: 0.9,
      position: { x: 0, y: 0 },
    });
    expect(made.status, made.text).toBe(201);
    const { id } = made.body;
    expect(made.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Ann',
      model: 'builtin/extract',
      system_prompt: 'Be brief.',
      settings: { temperature: 0.3, max_tokens: 9 },
    });
    expect((await graph('GET', `/${id}`)).body).toEqual(made.body);
    expect((await api.get<AgentDto>(`${AGENTS}/${id}`)).body).toMatchObject({
      id: `agent_${id}`,
      instructions: 'Be brief.',
      settings: { temperature: 0.3, maxTokens: 9 },
    });
    const changed = await graph('PATCH', `/${id}`, { system_prompt: 'Be kind.' });
    expect([changed.status, changed.body]).toEqual([200, { ...made.body, system_prompt: 'Be kind.' }]);
    const deleted = await graph('DELETE', `/${id}`);
    expect([deleted.status, deleted.body]).toEqual([200, { message: 'Agent deleted' }]);
    const gone = await graph('GET', `/${id}`);
    expect([gone.status, gone.body]).toEqual([404, { error: 'Agent not found' }]);
  });

  it('are listed by page numbers', async () => {
    for (const name of ['A', 'B', 'C']) await anAgent({ name });
    const list = async (query: string) => (await graph('GET', query)).body;
    expect(await list('')).toMatchObject({
      agents: [{ name: 'C' }, { name: 'B' }, { name: 'A' }],
      total: 3,
      limit: 50,
      offset: 0,
    });
    expect(await list('?limit=1&offset=1')).toMatchObject({ agents: [{ name: 'B' }], total: 3, limit: 1, offset: 1 });
    expect(await list('?limit=1000&offset=9')).toEqual({ agents: [], total: 3, limit: 100, offset: 9 });
  });

  it('are refused with an error in its shape', async () => {
    for (const body of [{}, { name: '' }]) {
      const refused = await graph('POST', '', body);
      expect([refused.status, refused.body]).toEqual([400, { error: 'Name is required' }]);
    }
    const hot = await graph('POST', '', { name: 'x', settings: { temperature: 3 } });
    expect([hot.status, hot.body]).toEqual([400, { error: 'settings.temperature must not be greater than 2' }]);
    const nobody = await api.with(null).send(`GET`, GRAPH_AGENTS);
    expect([nobody.status, nobody.body]).toEqual([401, { error: 'Invalid or missing API key' }]);
    const unknown = await graph('PATCH', `/${NOBODY}`, { name: 'x' });
    expect([unknown.status, unknown.body]).toEqual([404, { error: 'Agent not found' }]);
  });
});
