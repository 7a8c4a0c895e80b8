import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guest, openTestBed, type TestBed } from '../support/test-bed.js';

const hasRequests = spawnSync('python3', ['-c', 'import requests']).status === 0;
if (!hasRequests)
  process.stderr.write('\nWARNING: no python3 with requests, the Python client of contract 002 is SKIPPED.\n\n');

const TEXT =
  'Runhook starts workflows. A workflow is a graph of blocks. It rained on Tuesday. Blocks of a graph pass on what they put out.';

interface Came {
  status: number;
  body: Record<string, unknown>;
}
type Story = Record<'workflow' | 'graph' | 'executed' | 'before' | 'deployed' | 'undeployed' | 'armed', Came> &
  Record<'triggered' | 'refused' | 'calls', Came[]> & { saved: boolean };

let bed: TestBed;
let guest: Guest;

beforeAll(async () => {
  bed = await openTestBed('seed002');
  guest = await bed.guest();
});
afterAll(() => bed.close());

describe.skipIf(!hasRequests)('a Python client of contract 002', () => {
  it('makes a graph, executes, deploys, finds, triggers and arms it', async () => {
    const script = `${import.meta.dirname}/seed-002/document_summarizer.py`;
    const { stdout } = await promisify(execFile)('python3', [script, bed.url, guest.key, TEXT]);
    const story = JSON.parse(stdout) as Story;
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    expect(story.workflow).toEqual({ status: 201, body: { id, name: 'Summaries' } });
    expect(story.graph).toEqual({ status: 200, body: { ok: true, blocks: 3, edges: 2 } });
    expect(story.executed).toMatchObject({ status: 200, body: { execution_id: id, status: 'completed' } });
    const { output } = story.executed.body;
    expect(output).toContain('A workflow is a graph of blocks.');
    expect(story.before).toEqual({ status: 403, body: { error: 'Webhook is not active' } });
    expect(story.deployed).toEqual({ status: 200, body: { ok: true, state: 'deployed' } });
    expect(story.saved).toBe(true);
    const result = { status: 200, body: { execution_id: id, status: 'completed', output } };
    expect(story.triggered).toEqual([result, result]);
    expect(story.refused).toEqual([
      { status: 401, body: { error: 'Unauthorized' } },
      { status: 401, body: { error: 'Unauthorized' } },
      { status: 400, body: { error: 'Invalid webhook ID', error_code: 'VALIDATION_ERROR' } },
      { status: 404, body: { error: 'Webhook not found', error_code: 'WORKFLOW_NOT_FOUND' } },
    ]);
    expect(story.undeployed).toEqual({ status: 200, body: { ok: true, state: 'internal' } });
    expect(story.armed).toEqual({
      status: 200,
      body: { ok: true, armed_until: expect.stringMatching(/Z$/) as string },
    });
    expect(story.calls).toEqual([result, { status: 403, body: { error: 'Webhook is not active' } }]);
  });
});

describe('secrets of webhook blocks', () => {
  it('are nowhere in the database, and in no answer but that of their graph', async () => {
    const { api } = guest;
    const secret = `canary-${crypto.randomUUID()}`;
    const { body } = await api.post<{ id: string }>('/api/workflows', { name: 'Secret' });
    const webhook_id = crypto.randomUUID();
    const blocks = [{ id: 'hook', type: 'webhook', config: { webhook_id, webhook_secret: secret } }];
    const save = (more: object[] = []) =>
      api.send('PUT', `/api/workflows/${body.id}/graph`, { body: { blocks: [...blocks, ...more], edges: [] } });
    await save();
    const call = () => fetch(`${bed.url}/api/webhooks/${webhook_id}?token=${secret}`, { method: 'POST', body: '{}' });
    await api.post(`/api/workflows/${body.id}/deploy`);
    expect((await call()).status).toBe(200);
    await save([{ id: 'other', type: 'starter' }]);
    const native = [`workflows/${body.id}`, `workflows/${body.id}/versions/1`, `webhooks?workflowId=${body.id}`];
    const diff = `workflows/${body.id}/versions/1/diff/2`;
    for (const path of [...native, diff, `runs?workflowId=${body.id}`]) {
      const answer = await api.get(`/api/v1/${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.text).not.toContain(secret);
      expect(answer.text).not.toContain('webhook_secret');
    }
    const executed = await api.post(`/api/workflows/${body.id}/execute`, {});
    expect(executed.text).not.toContain(secret);
    for (const path of ['/api/workflows', `/api/workflows/${body.id}/executions`])
      expect((await api.get(path)).text).not.toContain(secret);
    expect((await api.get(`/api/workflows/${body.id}`)).text).toContain(secret);
    const { body: reader } = await api.post<{ key: string }>('/api/v1/api-keys', {
      name: 'reader',
      scopes: ['workflows:read'],
    });
    const read = await api.with(reader.key).get(`/api/workflows/${body.id}`);
    expect(read.status).toBe(200);
    expect(read.text).toContain(webhook_id);
    expect(read.text).not.toContain('webhook_secret');
    const tables = await bed.sql<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('app', 'bullmq')`,
    );
    for (const { name } of tables)
      expect(await bed.sql(`select 1 from ${name} t where t::text like $1`, [`%${secret}%`])).toEqual([]);
  });
});
