import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDraft, aWorkflow, echoStep, type StepBody, type WorkflowBody, workflowBody } from '../factories/workflow.js';
import {
  type ApiClient,
  type Envelope,
  type Page,
  type Refusal,
  type RunAcceptedDto,
  type RunDto,
  whenOver,
  type WorkflowDto,
  type WorkflowSummaryDto,
} from '../support/api.js';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let guest: Guest;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('workflows');
  guest = await bed.guest();
  api = guest.api;
});
afterAll(() => bed.close());

const path = (id: string, rest = ''): string => `/api/v1/workflows/${id}${rest}`;
const constant = (value: string): StepBody => ({ id: 'a', type: 'transform', config: { mapping: { value } } });
const valueOf = async (id: string, query = ''): Promise<unknown> => {
  const { body } = await api.post<RunDto>(path(id, `/run?wait=10${query}`), {});
  return (body.output as { value: unknown }).value;
};

describe('a workflow', () => {
  it('starts as a draft and is read back as it was sent', async () => {
    const sent = workflowBody({
      name: 'Order',
      description: 'Adds up',
      inputSchema: { type: 'object', required: ['items'] },
      outputSchema: { type: 'object' },
      settings: { maxDurationMs: 60_000, queueTtlMs: 30_000 },
      steps: [{ ...echoStep(), name: 'Echo', retry: { maxAttempts: 2 }, timeoutMs: 500, onError: 'continue' }],
    });
    const created = await api.post<WorkflowDto>('/api/v1/workflows', sent);
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      ...sent,
      id: expect.stringMatching(/^wf_[0-9a-f-]{36}$/) as string,
      status: 'draft',
      version: 1,
      graph: null,
      createdAt: expect.any(String) as string,
      updatedAt: expect.any(String) as string,
    });
    expect((await api.get(path(created.body.id))).body).toEqual(created.body);
    const enveloped = await api.in('x-api-key').get(path(created.body.id));
    expect(enveloped.body).toEqual({ success: true, data: created.body });
  });

  it('is found under its id with and without the prefix', async () => {
    const { id } = await aDraft(api);
    const bare = id.replace('wf_', '');
    for (const form of [id, bare, bare.toUpperCase()])
      expect((await api.get<WorkflowDto>(path(form))).body.id).toBe(id);
  });

  it('is archived by deleting it', async () => {
    const { id } = await aWorkflow(api);
    const answer = await api.send<WorkflowDto>('DELETE', path(id));
    expect([answer.status, answer.body.status]).toEqual([200, 'archived']);
    expect((await api.get<WorkflowDto>(path(id))).body.status).toBe('archived');
  });
});

describe('the state of a workflow', () => {
  const STATES = ['draft', 'active', 'paused', 'archived'] as const;
  /** Where each move leads, by the state it starts from; null is refused. */
  const MOVES = {
    activate: { draft: 'active', active: 'active', paused: 'active', archived: null },
    pause: { draft: null, active: 'paused', paused: 'paused', archived: null },
    resume: { draft: null, active: 'active', paused: 'active', archived: null },
    archive: { draft: 'archived', active: 'archived', paused: 'archived', archived: 'archived' },
  } as const;
  const WAY_TO = { draft: [], active: ['activate'], paused: ['activate', 'pause'], archived: ['archive'] } as const;

  const aWorkflowThatIs = async (state: (typeof STATES)[number]): Promise<string> => {
    const { id } = await aDraft(api);
    for (const move of WAY_TO[state]) await api.post(path(id, `/${move}`));
    return id;
  };

  it.each(Object.entries(MOVES))('follows the table on %s', async (move, targets) => {
    for (const from of STATES) {
      const id = await aWorkflowThatIs(from);
      const answer = await api.post<WorkflowDto & { code: string; detail: string }>(path(id, `/${move}`));
      const target = targets[from];
      if (target) expect([from, answer.status, answer.body.status]).toEqual([from, 200, target]);
      else {
        expect([from, answer.status, answer.body.code]).toEqual([from, 400, 'INVALID_STATUS']);
        expect(answer.body.detail).toContain(`Current status: ${from}`);
        expect((await api.get<WorkflowDto>(path(id))).body.status).toBe(from);
      }
    }
  });

  it('decides whether it runs, at once', async () => {
    for (const state of STATES) {
      const id = await aWorkflowThatIs(state);
      const answer = await api.post<{ detail?: string }>(path(id, '/run'), {});
      if (state === 'active') expect(answer.status).toBe(202);
      else {
        const detail = `Workflow must be active to run. Current status: ${state}`;
        expect([answer.status, answer.body.detail]).toEqual([400, detail]);
      }
    }
    const { id } = await aWorkflow(api);
    expect((await api.post(path(id, '/run'), {})).status).toBe(202);
    await api.post(path(id, '/pause'));
    expect((await api.post(path(id, '/run'), {})).status).toBe(400);
    await api.post(path(id, '/resume'));
    expect((await api.post(path(id, '/run'), {})).status).toBe(202);
  });
});

describe('changing a workflow', () => {
  const change = (id: string, body: object) => api.send<WorkflowDto>('PUT', path(id), { body });

  it('of an active one makes a new version, which runs from then on', async () => {
    const { id } = await aWorkflow(api, { steps: [constant('one')] });
    expect(await valueOf(id)).toBe('one');
    const changed = await change(id, { steps: [constant('two')], changeSummary: 'Count on' });
    expect(changed.body).toMatchObject({ status: 'active', version: 2, steps: [constant('two')] });
    expect(await valueOf(id)).toBe('two');
    const { body } = await api.post<{ workflowVersion: number }>(path(id, '/run'), {});
    expect(body.workflowVersion).toBe(2);
  });

  it('of a draft that never ran keeps its version; after a test run it gets a new one', async () => {
    const { id } = await aDraft(api, { steps: [constant('one')] });
    expect((await change(id, { steps: [constant('two')] })).body.version).toBe(1);
    expect(await valueOf(id, '&test=true')).toBe('two');
    expect((await change(id, { steps: [constant('three')] })).body.version).toBe(2);
    expect(await valueOf(id, '&test=true')).toBe('three');
  });

  it('in its name or description alone makes no version, and neither does the same definition again', async () => {
    const { id, steps } = await aWorkflow(api, { steps: [constant('one')] });
    const renamed = await change(id, { name: 'New', description: 'Other' });
    expect(renamed.body).toMatchObject({ name: 'New', description: 'Other', version: 1, steps });
    expect((await change(id, { steps })).body.version).toBe(1);
  });

  it('leaves what is not named, removes a schema with null, and works by PATCH too', async () => {
    const { id } = await aWorkflow(api, { inputSchema: { type: 'object', required: ['a'] }, steps: [constant('one')] });
    const patched = await api.send<WorkflowDto>('PATCH', path(id), { body: { steps: [constant('two')] } });
    expect(patched.body.inputSchema).toEqual({ type: 'object', required: ['a'] });
    expect((await change(id, { inputSchema: null })).body).toMatchObject({ inputSchema: null, version: 3 });
    expect(await valueOf(id)).toBe('two');
  });

  it('does not touch a run that has started', async () => {
    const { id } = await aWorkflow(api, {
      steps: [{ id: 'w', type: 'wait', config: { duration: 300 } }, constant('old')],
    });
    const started = await api.post<RunAcceptedDto>(path(id, '/run'), {});
    await change(id, { steps: [constant('new')] });
    expect(await whenOver(api, started.body.runId)).toMatchObject({
      status: 'completed',
      workflowVersion: 1,
      output: { value: 'old' },
    });
  });

  it('by many at once loses no accepted change: each one accepted has its own version', async () => {
    const { id } = await aWorkflow(api, { steps: [constant('0')] });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => change(id, { steps: [constant(`n${i}`)] })));
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted.length).toBeGreaterThan(0);
    for (const { status, headers } of answers) {
      expect([200, 409]).toContain(status);
      if (status === 409) expect(headers.get('x-should-retry')).toBe('false');
    }
    expect((await api.get<WorkflowDto>(path(id))).body.version).toBe(1 + accepted.length);
    const stored = await bed.sql<{ version: number }>(
      'select version from workflow_versions where workflow_id = $1 order by version',
      [id.slice(3)],
    );
    expect(stored.map(({ version }) => version)).toEqual(Array.from({ length: 1 + accepted.length }, (_, i) => i + 1));
  });

  it('is refused once it is archived', async () => {
    const { id } = await aWorkflow(api);
    await api.post(path(id, '/archive'));
    const answer = await change(id, { name: 'Other' });
    expect([answer.status, answer.body]).toEqual([400, expect.objectContaining({ code: 'INVALID_STATUS' })]);
  });
});

describe('the list', () => {
  let lister: ApiClient;
  const names = (page: Page<WorkflowSummaryDto>): string[] => page.data.map(({ name }) => name);
  const list = async (query: string): Promise<Page<WorkflowSummaryDto>> =>
    (await lister.get<Page<WorkflowSummaryDto>>(`/api/v1/workflows?${query}`)).body;

  beforeAll(async () => {
    lister = (await bed.guest()).api;
    for (const name of ['Alpha', 'Beta', 'Gamma 100%', 'Delta_x', 'alphabet']) await aDraft(lister, { name });
    const { id } = await aWorkflow(lister, { name: 'Running' });
    expect(id).toMatch(/^wf_/);
  });

  it('is newest first, without definitions', async () => {
    const page = await list('');
    expect(names(page)).toEqual(['Running', 'alphabet', 'Delta_x', 'Gamma 100%', 'Beta', 'Alpha']);
    expect(page).toMatchObject({ cursor: null, hasMore: false });
    expect(page.data[0]).not.toHaveProperty('steps');
  });

  it('searches names in any case, taking wildcards as they are', async () => {
    expect(names(await list('search=ALPHA'))).toEqual(['alphabet', 'Alpha']);
    expect(names(await list(`search=${encodeURIComponent('%')}`))).toEqual(['Gamma 100%']);
    expect(names(await list('search=_'))).toEqual(['Delta_x']);
    expect(names(await list('search=nothing'))).toEqual([]);
  });

  it('filters by status', async () => {
    expect(names(await list('status=active'))).toEqual(['Running']);
    expect(names(await list('status=draft&search=a'))).toEqual(['alphabet', 'Delta_x', 'Gamma 100%', 'Beta', 'Alpha']);
    expect(names(await list('status=archived'))).toEqual([]);
  });

  it.each([1, 2, 4, 6])('pages by cursor without gaps or repeats, %i a page', async (limit) => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page<WorkflowSummaryDto> = await list(`limit=${limit}${cursor && `&cursor=${cursor}`}`);
      expect(page.data.length).toBeLessThanOrEqual(limit);
      expect(page.hasMore).toBe(page.cursor !== null);
      seen.push(...names(page));
      ({ cursor } = page);
    }
    expect(seen).toEqual(names(await list('')));
  });

  it('has its cursor under meta in the envelope style', async () => {
    const { body } = await lister.in('x-api-key').get<Envelope<unknown[]>>('/api/v1/workflows?limit=2');
    expect(body).toEqual({
      success: true,
      data: [expect.anything(), expect.anything()],
      meta: { cursor: expect.any(String) as string, hasMore: true },
    });
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=',
    'limit=1.5',
    'limit=1&limit=2',
    'cursor=x',
    'status=on',
    'sort=name',
    'search=',
  ])('refuses ?%s', async (query) => {
    const answer = await lister.get(`/api/v1/workflows?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(answer.body.errors?.[0]?.pointer).toBe(`/${query.split('=')[0]}`);
  });
});

describe('a bad definition is refused, naming the step and the position', () => {
  const transform = (id: string, template: string): StepBody => ({
    id,
    type: 'transform',
    config: { mapping: { x: template } },
  });
  const condition = (config: object): StepBody => ({ id: 'c', type: 'condition', config });
  const http = (config: object): StepBody => ({ id: 'h', type: 'general_api', config });
  const schema = (inputSchema: unknown): WorkflowBody => ({ inputSchema });
  const steps = (...list: StepBody[]): WorkflowBody => ({ steps: list });

  it.each<[string, Record<string, unknown>, string, RegExp]>([
    ['no name', { name: undefined }, '/name', /^Required$/],
    ['no steps', { steps: undefined }, '/steps', /^Required$/],
    ['no trigger', { trigger: undefined }, '/trigger', /^Required$/],
    ['another trigger', { trigger: { type: 'cron' } }, '/trigger/type', /must be "api"/],
    ['an unknown field', { owner: 'me' }, '/owner', /./],
    ['an unknown field of a step', steps({ ...echoStep(), conifg: {} }), '/steps/0/conifg', /./],
    ['a step without id', { steps: [{ type: 'transform' }] }, '/steps/0/id', /^Required$/],
    [
      'an unknown type',
      steps({ id: 'a', type: 'nope' }),
      '/steps/0/type',
      /Step "a": unknown type "nope"; known types are .*transform/,
    ],
    [
      'an id used twice',
      steps(echoStep('a'), echoStep('b'), echoStep('a')),
      '/steps/2/id',
      /Step "a": the id is used by step 1/,
    ],
    ['a reserved id', steps(echoStep('constructor')), '/steps/0/id', /reserved/],
    ['an id with spaces', steps(echoStep('a b')), '/steps/0/id', /letters, digits/],
    [
      'an unclosed template',
      steps(transform('a', 'x {{input.y')),
      '/steps/0/config/mapping/x',
      /Step "a": .*position 2/,
    ],
    [
      'an unknown filter',
      steps(transform('a', '{{input | nope}}')),
      '/steps/0/config/mapping/x',
      /Step "a": .*nope.*position/,
    ],
    [
      'a later step',
      steps(transform('a', '{{steps.b.output}}'), echoStep('b')),
      '/steps/0/config/mapping',
      /Step "a": .*step "b", which runs later/,
    ],
    ['itself', steps(transform('a', '{{steps.a.output}}')), '/steps/0/config/mapping', /Step "a": .*itself/],
    [
      'a step that does not exist',
      steps(transform('a', '{{steps.z.output}}')),
      '/steps/0/config/mapping',
      /Step "a": .*step "z", which does not exist/,
    ],
    [
      'a bad expression',
      steps(condition({ expression: 'input.a >' })),
      '/steps/0/config/expression',
      /Step "c": .*position/,
    ],
    [
      'a call',
      steps(condition({ expression: 'input.a.toString()' })),
      '/steps/0/config/expression',
      /Step "c": .*position/,
    ],
    [
      'an unknown operator',
      steps(condition({ condition: { left: 1, operator: 'is', right: 1 } })),
      '/steps/0/config/condition/operator',
      /operator must be one of/,
    ],
    ['a condition without one', steps(condition({})), '/steps/0/config', /Step "c": needs exactly one of/],
    [
      'a branch to nowhere',
      steps(condition({ expression: 'true', then: ['z'] })),
      '/steps/0/config/then/0',
      /Step "c": then .*does not exist/,
    ],
    [
      'a branch backwards',
      steps(echoStep('a'), condition({ expression: 'true', else: ['a'] })),
      '/steps/1/config/else/0',
      /does not come later/,
    ],
    [
      'a step in two branches',
      steps(condition({ expression: 'true', then: ['a'], else: ['a'] }), echoStep('a')),
      '/steps/0/config/else/0',
      /another branch/,
    ],
    [
      'an unknown member of a config',
      steps({ id: 'a', type: 'wait', config: { duration: 1, unit: 's' } }),
      '/steps/0/config/unit',
      /Step "a": /,
    ],
    [
      'a wait for nothing',
      steps({ id: 'a', type: 'wait', config: {} }),
      '/steps/0/config',
      /Step "a": needs either duration or until/,
    ],
    [
      'a negative wait',
      steps({ id: 'a', type: 'wait', config: { duration: -1 } }),
      '/steps/0/config/duration',
      /Step "a": /,
    ],
    ['a URL that is none', steps(http({ url: 'not a url' })), '/steps/0/config/url', /Step "h": /],
    ['another scheme', steps(http({ url: 'file:///etc/passwd' })), '/steps/0/config/url', /http: or https:/],
    [
      'a method that is none',
      steps(http({ url: 'https://example.com', method: 'TRACE' })),
      '/steps/0/config/method',
      /must be GET/,
    ],
    [
      'a header with a line break',
      steps(http({ url: 'https://example.com', headers: { 'x-a': 'b\r\nx-c: d' } })),
      '/steps/0/config/headers',
      /x-a/,
    ],
    [
      'a header of the client',
      steps(http({ url: 'https://example.com', headers: { Host: 'evil' } })),
      '/steps/0/config/headers',
      /host/i,
    ],
    ['too many attempts', steps({ ...echoStep(), retry: { maxAttempts: 21 } }), '/steps/0/retry/maxAttempts', /20/],
    [
      'two policies of errors',
      steps({ ...echoStep(), errorHandling: { strategy: 'retry' } }),
      '/steps/0/errorHandling/strategy',
      /fail, continue/,
    ],
    ['501 steps', steps(...Array.from({ length: 501 }, (_, i) => echoStep(`s${i}`))), '/steps', /500/],
    ['a run that may take 31 days', { settings: { maxDurationMs: 31 * 86_400_000 } }, '/settings/maxDurationMs', /./],
    ['a schema that is none', schema('object'), '/inputSchema', /./],
    [
      'a schema of an unknown type',
      schema({ properties: { a: { type: 'money' } } }),
      '/inputSchema/properties/a/type',
      /./,
    ],
    [
      'a lookahead',
      schema({ properties: { a: { pattern: '^(?=x)' } } }),
      '/inputSchema/properties/a/pattern',
      /lookahead/,
    ],
    [
      'a remote reference',
      schema({ properties: { a: { $ref: 'http://127.0.0.1/x' } } }),
      '/inputSchema/properties/a/$ref',
      /./,
    ],
  ])('%s', async (_name, body, pointer, message) => {
    const answer = await api.post('/api/v1/workflows', { ...workflowBody(), ...body });
    expect([answer.status, answer.body.code], answer.text).toEqual([400, 'VALIDATION_ERROR']);
    expect(answer.body.errors, answer.text).toContainEqual({
      pointer,
      message: expect.stringMatching(message) as string,
    });
  });

  it('with the path as segments in the envelope style, and all wrong steps at once', async () => {
    const body = workflowBody({
      steps: [{ id: 'a', type: 'nope' }, echoStep(), { id: 'b', type: 'wait', config: {} }],
    });
    const answer = await api.in('x-api-key').post<Refusal>('/api/v1/workflows', body);
    expect(answer.body.error).toMatchObject({ code: 'VALIDATION_ERROR', message: 'Invalid workflow configuration' });
    expect(answer.body.error.details?.map((detail) => detail.path)).toEqual([
      ['steps', 0, 'type'],
      ['steps', 2, 'config'],
    ]);
  });

  it('also when a workflow is changed, which then stays as it was', async () => {
    const workflow = await aWorkflow(api, { steps: [constant('one')] });
    const answer = await api.send('PUT', path(workflow.id), { body: { steps: [{ id: 'a', type: 'nope' }] } });
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, '/steps/0/type']);
    expect((await api.get(path(workflow.id))).body).toEqual(workflow);
    expect(await valueOf(workflow.id)).toBe('one');
  });
});
