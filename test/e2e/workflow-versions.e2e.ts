import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  WorkflowDiffDto,
  WorkflowVersionDto,
  WorkflowVersionSummaryDto,
} from '../../src/modules/workflows/dto/workflow-version.dto.js';
import { aWorkflow } from '../factories/workflow.js';
import { type ApiClient, type CreatedApiKeyDto, type Page, type RunDto, type WorkflowDto } from '../support/api.js';
import { openTestBed, type TestBed } from '../support/test-bed.js';

let bed: TestBed;
let api: ApiClient;

beforeAll(async () => {
  bed = await openTestBed('versions');
  ({ api } = await bed.guest());
});
afterAll(() => bed.close());

const valueStep = (value: number) => ({ id: 'value', type: 'transform', config: { mapping: { value } } });

/** A workflow whose version n returns n. */
async function withVersions(count: number): Promise<string> {
  const { id } = await aWorkflow(api, { steps: [valueStep(1)] });
  for (let version = 2; version <= count; version++) {
    const body = { steps: [valueStep(version)], changeSummary: `now ${version}` };
    expect((await api.send('PUT', `/api/v1/workflows/${id}`, { body })).status).toBe(200);
  }
  return id;
}
const versionsOf = (id: string) => `/api/v1/workflows/${id}/versions`;

describe('the versions of a workflow', () => {
  it('are listed newest first, page by page', async () => {
    const id = await withVersions(5);
    const { body: first } = await api.get<Page<WorkflowVersionSummaryDto>>(`${versionsOf(id)}?limit=3`);
    const { body: rest } = await api.get<Page<WorkflowVersionSummaryDto>>(
      `${versionsOf(id)}?limit=3&cursor=${first.cursor ?? ''}`,
    );
    expect([first.hasMore, rest.hasMore, rest.cursor]).toEqual([true, false, null]);
    const all = [...first.data, ...rest.data];
    expect(all.map(({ version, current }) => [version, current])).toEqual([
      [5, true],
      [4, false],
      [3, false],
      [2, false],
      [1, false],
    ]);
    expect(all.map(({ changeSummary }) => changeSummary)).toEqual(['now 5', 'now 4', 'now 3', 'now 2', null]);
    expect(all[0]?.createdBy).toMatch(/^user_/);
  });

  it('are read with their definition, which an edit does not change', async () => {
    const id = await withVersions(2);
    const { body } = await api.get<WorkflowVersionDto>(`${versionsOf(id)}/1`);
    expect(body).toMatchObject({ workflowId: id, version: 1, current: false, steps: [valueStep(1)] });
    const { body: enveloped } = await api.in('x-api-key').get<{ data: WorkflowVersionDto }>(`${versionsOf(id)}/2`);
    expect(enveloped.data).toMatchObject({ version: 2, current: true, changeSummary: 'now 2' });
  });

  it.each(['3', '0', '-1', '1.5', 'x', '1e3', '99999999999'])('that do not exist are a 404: %s', async (version) => {
    const id = await withVersions(2);
    expect((await api.get(`${versionsOf(id)}/${version}`)).status).toBe(404);
    expect((await api.get(`${versionsOf(id)}/1/diff/${version}`)).status).toBe(404);
  });

  it('are compared', async () => {
    const id = await withVersions(2);
    const steps = [{ ...valueStep(0), id: 'more' }, valueStep(7)];
    await api.send('PUT', `/api/v1/workflows/${id}`, { body: { steps, settings: { queueTtlMs: 1000 } } });
    const { body } = await api.get<WorkflowDiffDto>(`${versionsOf(id)}/1/diff/3`);
    expect(body).toEqual({
      from: 1,
      to: 3,
      changes: [{ kind: 'added', path: '/settings', after: { queueTtlMs: 1000 } }],
      steps: {
        added: ['more'],
        removed: [],
        changed: [{ id: 'value', changes: [{ kind: 'changed', path: '/config/mapping/value', before: 1, after: 7 }] }],
        reordered: false,
      },
    });
  });
});

describe('a rollback', () => {
  const rollback = (id: string, body: object, caller = api) =>
    caller.post<WorkflowDto & { code: string }>(`/api/v1/workflows/${id}/rollback`, body);

  it('makes the old definition a new version, which runs', async () => {
    const id = await withVersions(3);
    const { status, body } = await rollback(id, { version: 1 });
    expect([status, body.version, body.status, body.steps]).toEqual([200, 4, 'active', [valueStep(1)]]);
    const { body: run } = await api.post<RunDto>(`/api/v1/workflows/${id}/run?wait=10`, {});
    expect([run.workflowVersion, run.output]).toEqual([4, { value: 1 }]);
    const { body: version } = await api.get<WorkflowVersionDto>(`${versionsOf(id)}/4`);
    expect(version.changeSummary).toBe('Rolled back to version 1');
    await rollback(id, { version: 3, changeSummary: 'no, three' });
    expect((await api.get<WorkflowVersionDto>(`${versionsOf(id)}/5`)).body.changeSummary).toBe('no, three');
  });

  it.each([
    [{ version: 2 }, 'is the current version already'],
    [{ version: 3 }, 'does not exist; the workflow has the versions 1 to 2'],
    [{}, 'Required'],
    [{ version: 'current' }, 'must be an integer number'],
  ])('is refused where it means nothing, in both styles: %j', async (wrong, message) => {
    const id = await withVersions(2);
    const bare = await rollback(id, wrong);
    expect(bare.status).toBe(400);
    expect(bare.text).toContain(message);
    const enveloped = await rollback(id, wrong, api.in('x-api-key'));
    expect(enveloped.body).toMatchObject({ success: false, error: { details: [{ path: ['version'] }] } });
  });

  it('of an archived workflow is refused', async () => {
    const id = await withVersions(2);
    await api.post(`/api/v1/workflows/${id}/archive`);
    const { status, body } = await rollback(id, { version: 1 });
    expect([status, body.code]).toEqual([400, 'INVALID_STATUS']);
  });

  it('is one of many at once: each made a version, or was told that another was faster', async () => {
    const id = await withVersions(3);
    const answers = await Promise.all(Array.from({ length: 10 }, () => rollback(id, { version: 1 })));
    const done = answers.filter(({ status }) => status === 200).length;
    expect(done).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    expect((await api.get<WorkflowDto>(`/api/v1/workflows/${id}`)).body.version).toBe(3 + done);
  });

  it('is not seen by a key that is bound to another workflow', async () => {
    const [id, other] = [await withVersions(2), await withVersions(1)];
    const { body: key } = await api.post<CreatedApiKeyDto>('/api/v1/api-keys', {
      name: 'bound',
      workflowIds: [other],
      scopes: ['workflows:read', 'workflows:write'],
    });
    const bound = api.with(key.key);
    const statuses = [
      (await rollback(id, { version: 1 }, bound)).status,
      (await bound.get(versionsOf(id))).status,
      (await bound.get(`${versionsOf(id)}/1`)).status,
      (await bound.get(`${versionsOf(id)}/1/diff/2`)).status,
    ];
    expect(statuses).toEqual([404, 404, 404, 404]);
  });
});
