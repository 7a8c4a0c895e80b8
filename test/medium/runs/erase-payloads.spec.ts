import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatId } from '#libs/ids';
import { AppModule } from '../../../src/app.module.js';
import { StartRun } from '../../../src/modules/runs/index.js';
import { ErasePayloads } from '../../../src/modules/runs/payloads/erase-payloads.js';
import { RunRepository } from '../../../src/modules/runs/run.repository.js';
import { MoveWorkflow, SaveWorkflow } from '../../../src/modules/workflows/index.js';
import { loadSettings } from '../../../src/platform/config/index.js';
import { Database } from '../../../src/platform/database/index.js';
import { aTenant, type Tenant } from '../../factories/tenant.js';
import { echoStep, type StepBody } from '../../factories/workflow.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { tablesHolding } from '../../support/dump.js';
import { until } from '../../support/until.js';

const CANARY = 'canary-of-a-payload';
const running = new AbortController().signal;

let testDatabase: TestDatabase;
let worker: INestApplicationContext;
let tenant: Tenant;
beforeAll(async () => {
  testDatabase = await createDatabase('erase');
  const settings = loadSettings({
    DATABASE_URL: testDatabase.url,
    ENCRYPTION_KEY: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    ROLE: 'worker',
    SWEEP_INTERVAL_MS: '100',
    LOG_LEVEL: 'silent',
  });
  worker = await NestFactory.createApplicationContext(AppModule.register(settings, testDatabase.url), {
    logger: false,
  });
});
afterAll(async () => {
  await worker.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  tenant = await aTenant(testDatabase.url);
});

const get = <T>(type: new (...args: never[]) => T): T => worker.get(type, { strict: false });
const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await get(Database).pool.query(text, values)).rows as Row[];

const eraseDue = () => get(ErasePayloads).eraseDue(running);

async function workflow(settings: object, steps: StepBody[] = [echoStep()], more: object = {}): Promise<string> {
  const body = { name: 'Test', trigger: { type: 'api' as const }, steps, settings, ...more };
  const id = await get(SaveWorkflow).create(tenant, body);
  await get(MoveWorkflow).execute(tenant.organizationId, id, 'activate');
  return id;
}

async function start(workflowId: string): Promise<string> {
  const { runId } = await get(StartRun).execute(
    { organizationId: tenant.organizationId, keyId: null, organization: {} },
    {
      workflowId,
      input: { text: CANARY },
      connectionId: null,
      idempotencyKey: null,
      trigger: 'api',
      requestId: null,
      awaited: false,
    },
  );
  return runId;
}

interface Row {
  status: string;
  sealed: boolean;
  input: unknown;
  output: unknown;
  last_seq: number;
}

const find = async (runId: string): Promise<Row | undefined> =>
  (await sql<Row>('select * from runs where id = $1', [runId]))[0];
const whenOver = (runId: string) =>
  until(async () => {
    const run = await find(runId);
    return run && ['completed', 'failed', 'cancelled'].includes(run.status) ? run : null;
  });
const elapse = (runId: string, time: string) =>
  sql('update runs set completed_at = completed_at - $2::interval where id = $1', [runId, time]);
const eventsOf = (runId: string) => get(RunRepository).listEvents(tenant.organizationId, runId);

describe.each(['metadata', 'none'] as const)('payloads of a run of which %s is stored', (store) => {
  it('are erased 5 minutes after its end, and not before', async () => {
    const runId = await start(await workflow({ store }));
    const over = await whenOver(runId);
    await elapse(runId, '4 minutes');
    await eraseDue();
    expect(await find(runId)).toMatchObject({ sealed: true, output: { $sealed: expect.any(String) } });
    await elapse(runId, '1 minute');
    await eraseDue();
    const lastSeq = store === 'none' ? 0 : over.last_seq;
    expect(await find(runId)).toMatchObject({
      sealed: false,
      status: 'completed',
      input: '[redacted]',
      output: '[redacted]',
      last_seq: lastSeq,
    });
    const events = await eventsOf(runId);
    expect(events).toHaveLength(lastSeq);
    expect(JSON.stringify(events)).not.toContain('$sealed');
    expect(await tablesHolding({ sql }, CANARY)).toEqual([]);
  });
});

describe('redacted values', () => {
  const settings = { redact: ['input.text'] };

  it('that the worker did not erase, because it crashed, are erased by housekeeping', async () => {
    const runId = await start(
      await workflow(settings, [{ id: 'park', type: 'wait', config: { duration: 3_600_000 } }]),
    );
    await until(async () => (await find(runId))?.status === 'waiting');
    await get(RunRepository).cancelRuns(tenant.organizationId, [runId]);
    expect(await find(runId)).toMatchObject({ status: 'cancelled', sealed: true });
    await eraseDue();
    expect(await find(runId)).toMatchObject({ sealed: false, input: { text: '[redacted]' } });
  });

  it('of a failed run stay sealed for a day, in which it can be retried', async () => {
    const outputSchema = { type: 'object', required: ['never'] };
    const runId = await start(await workflow(settings, [echoStep()], { outputSchema }));
    expect(await whenOver(runId)).toMatchObject({ status: 'failed' });
    await elapse(runId, '23 hours');
    await eraseDue();
    expect(await find(runId)).toMatchObject({ sealed: true });
    await elapse(runId, '1 hour');
    await eraseDue();
    expect(await find(runId)).toMatchObject({ sealed: false });
    const asked = [{ id: runId, sealed: true, queueTtlMs: 1_000 }];
    expect(await get(RunRepository).retryRuns(tenant.organizationId, asked)).toEqual([]);
  });

  it('of iterations are hidden by the id of the nested step', async () => {
    const loop = {
      id: 'each',
      type: 'loop',
      config: {
        collection: ['{{input.text}} a', 'plain'],
        steps: [{ id: 'inner', type: 'transform', config: { mapping: { seen: '{{item}}' } } }],
      },
    };
    const runId = await start(await workflow({ redact: ['steps.inner.output.seen'] }, [loop]));
    await whenOver(runId);
    await until(async () => (await find(runId))?.sealed === false);
    const events = JSON.stringify(await eventsOf(runId));
    expect(events).not.toMatch(/canary-of-a-payload a|plain/);
    expect(events).toContain('each[0].inner');
  });
});

describe('a run that another one waits for', () => {
  it('gives that one its output in clear, and is not erased before that one is over', async () => {
    const child = await workflow({ redact: ['input.text'] });
    const parent = await workflow({}, [
      { id: 'call', type: 'orchestration', config: { workflowId: formatId('wf', child), input: '{{input}}' } },
      { id: 'park', type: 'wait', config: { duration: 3_600_000 } },
    ]);
    const runId = await start(parent);
    await until(async () => (await find(runId))?.status === 'waiting' && (await eventsOf(runId)).some(isCallOver));
    const [called] = await sql<{ id: string }>('select id from runs where parent_run_id = $1', [runId]);
    await elapse(called?.id ?? '', '2 days');
    await eraseDue();
    expect(await find(called?.id ?? '')).toMatchObject({ status: 'completed', sealed: true });
    expect((await eventsOf(runId)).find(isCallOver)).toMatchObject({ output: { output: { input: { text: CANARY } } } });
    await get(RunRepository).cancelRuns(tenant.organizationId, [runId]);
    await eraseDue();
    expect(await find(called?.id ?? '')).toMatchObject({ sealed: false, input: { text: '[redacted]' } });
    await sql('delete from runs where id = $1', [runId]);
  });
});

const isCallOver = (event: { type: string }): boolean =>
  event.type === 'step.completed' && (event as { stepId?: string }).stepId === 'call';
