// The comparison of docs/adr/0002: the runs table as the queue against a BullMQ job a run, on one durable PostgreSQL, interleaved.
// A run is accepted (committed), taken by a worker, and finished with its output; no HTTP. Prints runs a second, median of the rounds.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresBackend, Queue, setDefaultBackendFactory, Worker } from 'bullmq';
import pg from 'pg';
import { newId } from '../dist/libs/ids/index.js';
import { RunLedger } from '../dist/src/modules/runs/run-ledger.js';
import { migrateDatabase } from '../dist/src/platform/database/migrate.js';
import { startEmbeddedPostgres } from '../dist/src/platform/database/embedded-postgres.js';

const RUNS = Number(process.argv[2] ?? 3000);
const ROUNDS = 3;
const IN_FLIGHT = 64;
const INPUT = {
  items: [
    { quantity: 2, price: 1999 },
    { quantity: 1, price: 500 },
  ],
};

const dataDir = mkdtempSync(join(tmpdir(), 'runhook-bench-'));
chmodSync(dataDir, 0o755);
const embedded = await startEmbeddedPostgres({ dataDir });
await migrateDatabase(embedded.url, 'bullmq');
const pool = new pg.Pool({ connectionString: embedded.url, max: 10, options: '-c search_path=app' });
const queuePool = new pg.Pool({ connectionString: embedded.url, max: 10, options: '-c search_path=bullmq' });
queuePool.setMaxListeners(0);
setDefaultBackendFactory(createPostgresBackend);

const [organizationId, workflowId, versionId] = [newId(), newId(), newId()];
await pool.query(`insert into organizations (id, name) values ($1, 'bench')`, [organizationId]);
await pool.query(
  `insert into workflows (organization_id, id, name, status, version, version_id) values ($1, $2, 'bench', 'active', 1, $3)`,
  [organizationId, workflowId, versionId],
);
await pool.query('create table bare (id uuid primary key, input json, status text, output json)');

/** What all runs of the comparison have in common. */
const RUN = {
  organizationId,
  workflowId,
  versionId,
  workflowVersion: 1,
  anyStatus: false,
  status: 'queued',
  trigger: 'api',
  priority: 0,
  input: INPUT,
  output: null,
  error: null,
  connectionId: null,
  apiKeyId: null,
  requestId: null,
  maxDurationMs: 60_000,
  queueTtlMs: 60_000,
  elapsedMs: 0,
  idempotencyKey: null,
  fingerprint: null,
};

async function inParallel(count, work) {
  let next = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next++ < count) await work();
    }),
  );
}

/** One row, one job, one look-up, one update a run. */
async function jobPerRun() {
  const queue = new Queue('bench', { connection: queuePool, defaultJobOptions: { removeOnComplete: true } });
  let left = RUNS;
  let done;
  const finished = new Promise((resolve) => (done = resolve));
  const worker = new Worker(
    'bench',
    async (job) => {
      await pool.query({ name: 'get', text: 'select input from bare where id = $1', values: [job.data.id] });
      await pool.query({
        name: 'end',
        text: `update bare set status = 'completed', output = '{}' where id = $1`,
        values: [job.data.id],
      });
      if (--left === 0) done();
    },
    { connection: queuePool, concurrency: 50 },
  );
  // Errors after the last round belong to the closing database.
  for (const emitter of [queue, worker]) emitter.on('error', () => undefined);
  await worker.waitUntilReady();
  const begun = performance.now();
  await inParallel(RUNS, async () => {
    const id = newId();
    await pool.query({ name: 'put', text: `insert into bare values ($1, $2, 'queued')`, values: [id, INPUT] });
    await queue.add('run', { id }, { jobId: id });
  });
  await finished;
  const seconds = (performance.now() - begun) / 1000;
  await worker.close();
  await queue.close();
  return RUNS / seconds;
}

/** The product's own statements: grouped insert, batch claim, grouped finish, with events. */
async function runsTable() {
  const ledger = new RunLedger({
    run: (statement, values) => pool.query({ ...statement, values }),
    connection: async (work) => {
      const client = await pool.connect();
      try {
        return await work(client);
      } finally {
        client.release();
      }
    },
  });
  let left = RUNS;
  let claiming = false;
  let done;
  const finished = new Promise((resolve) => (done = resolve));
  const ended = () => {
    if (--left === 0) done();
  };
  const look = async () => {
    if (claiming) return;
    claiming = true;
    const claimed = await ledger.claim(100, { leaseMs: 30_000, concurrency: 1_000, maxCrashes: 3, lastChance: true });
    claiming = false;
    for (const run of claimed) {
      const events = [{ type: 'run.completed', at: new Date().toISOString(), output: {} }];
      const end = {
        ...run,
        status: 'completed',
        output: {},
        error: null,
        wakeAt: null,
        lastSeq: run.lastSeq + 1,
        events,
      };
      void ledger.write(end).then(ended);
    }
    if (left > 0) setImmediate(() => void look());
  };
  const begun = performance.now();
  void look();
  await inParallel(RUNS, () =>
    ledger.insert({
      ...RUN,
      id: newId(),
      events: [{ type: 'run.queued', at: new Date().toISOString() }],
    }),
  );
  await finished;
  return RUNS / ((performance.now() - begun) / 1000);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const rates = { jobPerRun: [], runsTable: [] };
for (let round = 0; round < ROUNDS; round++) {
  rates.jobPerRun.push(await jobPerRun());
  rates.runsTable.push(await runsTable());
}
const [job, table] = [median(rates.jobPerRun), median(rates.runsTable)];
console.log(`| ${RUNS} runs, ${IN_FLIGHT} in flight, median of ${ROUNDS} | runs/s | ratio |\n|---|---|---|`);
console.log(`| one row and one BullMQ job a run (PostgreSQL) | ${job.toFixed(0)} | 1 |`);
console.log(`| runs table as the queue | ${table.toFixed(0)} | ${(table / job).toFixed(1)} |`);
await pool.end();
await queuePool.end();
await embedded.stop();
rmSync(dataDir, { recursive: true, force: true });
process.exit(0);
