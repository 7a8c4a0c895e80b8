import { Client } from 'pg';
import { newId } from '#libs/ids';
import type { NewRun } from '../../src/modules/runs/run-ledger.js';
import { aTenant } from './tenant.js';

/** Whose a run is. */
export type RunHead = Pick<NewRun, 'organizationId' | 'workflowId' | 'versionId'>;

/** An organization of its own with an active workflow, whose version has no plan: for runs that are claimed and written, not executed. */
export async function aRunHead(databaseUrl: string): Promise<RunHead> {
  const { organizationId } = await aTenant(databaseUrl);
  const head = { organizationId, workflowId: newId(), versionId: newId() };
  const client = new Client({ connectionString: databaseUrl, options: '-c search_path=app' });
  await client.connect();
  await client.query(
    `insert into workflows (organization_id, id, name, status, version, version_id) values ($1, $2, 'Test', 'active', 1, $3)`,
    [organizationId, head.workflowId, head.versionId],
  );
  await client.end();
  return head;
}

/** What the ledger inserts: a queued run with valid defaults. */
export const aNewRun = (head: RunHead, more: Partial<NewRun> = {}): NewRun => ({
  ...head,
  id: newId(),
  workflowVersion: 1,
  pinned: false,
  anyStatus: false,
  status: 'queued',
  trigger: 'api',
  priority: 0,
  input: {},
  output: null,
  error: null,
  connectionId: null,
  apiKeyId: null,
  requestId: null,
  maxDurationMs: 3_600_000,
  queueTtlMs: 3_600_000,
  elapsedMs: 0,
  parentRunId: null,
  parentStepId: null,
  depth: 0,
  replayOf: null,
  concurrencyKey: null,
  startAt: null,
  expiresAt: null,
  store: 'full',
  sealed: false,
  idempotencyKey: null,
  fingerprint: null,
  events: [{ type: 'run.queued', at: new Date().toISOString() }],
  ...more,
});
