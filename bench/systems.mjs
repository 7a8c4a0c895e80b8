// The systems that are compared, and the requests they get.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import { generateApiKey } from '../dist/libs/ids/index.js';
import { ROOT, startNode } from './processes.mjs';

const API_KEY = generateApiKey();

/** The two-item order of the example workflow: 2 × 1999 + 1 × 500, and 8 % tax, is 4857.84. */
const ORDER = {
  items: [
    { product: 'Widget', quantity: 2, price: 1999 },
    { product: 'Gadget', quantity: 1, price: 500 },
  ],
};
const BODY = JSON.stringify({ input: ORDER });
const TOTAL = '4857.84';

/** Limits stay on and are checked on each request, but are too high to refuse one. */
const UNLIMITED = { rateLimits: { execute: 1e9, read: 1e9, webhooks: 1e9 }, backlog: 1e9 };

/** The embedded server's own name for its database. */
const EMBEDDED = 'runhook';

export const startEcho = () => startNode(['bench/baselines/echo.mjs'], {});

export async function startInsertUpdate(cluster) {
  return startNode(['bench/baselines/insert-update.mjs'], { DATABASE_URL: await cluster.createDatabase('baseline') });
}

/** Runhook as `npm start` runs it, on the embedded PostgreSQL of `dataDir`. */
export function startRunhook(dataDir, nodeArgs = []) {
  return startNode([...nodeArgs, 'dist/src/main.js'], { ...RUNHOOK_ENV, DATA_DIR: dataDir });
}

/** A process of Runhook on a database that other processes may share. */
export function startRunhookOn(url, role, env = {}) {
  return startNode(['dist/src/main.js'], { ...RUNHOOK_ENV, DATABASE_URL: url, ROLE: role, ...env });
}

const RUNHOOK_ENV = {
  PORT: '0',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'warn',
  BOOTSTRAP_API_KEY: API_KEY,
  SERVER_BACKLOG: '1000000000',
  WEBHOOK_CALLS_PER_ADDRESS: '1000000000',
  ENCRYPTION_KEY: `bench:${randomBytes(32).toString('base64')}`,
};

/** A new database with Runhook's tables. */
export async function createRunhookDatabase(cluster, name) {
  const url = await cluster.createDatabase(name);
  const { status, stderr } = spawnSync(process.execPath, ['dist/src/tools/migrate.js'], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: url },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The migrations failed: ${stderr}`);
  return url;
}

/** What the load client needs to talk to a server that was started. */
export async function openRunhook(server, cluster, database = EMBEDDED) {
  await cluster.query(database, 'update app.organizations set settings = $1', [UNLIMITED]);
  const [workflow] = await cluster.query(database, 'select id from app.workflows');
  const path = `/api/v1/workflows/${workflow.id}/run`;
  const authorization = { authorization: `Bearer ${API_KEY}` };
  return {
    server,
    database,
    url: `http://127.0.0.1:${server.port}`,
    authorization,
    synchronous: { port: server.port, request: post(`${path}?wait=10`, authorization), status: 200, contains: TOTAL },
    accept: { port: server.port, request: post(path, authorization), status: 202, contains: '"status":"pending"' },
    runUrl: `http://127.0.0.1:${server.port}${path}`,
    webhook: await webhookRequest(server, workflow.id),
  };
}

/** The same order at a webhook of the workflow, whose caller is known by a bearer secret. */
async function webhookRequest({ port }, workflowId) {
  const { body } = await request(`http://127.0.0.1:${port}/api/v1/webhooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ workflowId }),
  });
  const { url, secret } = await body.json();
  const headers = { authorization: `Bearer ${secret}` };
  return {
    port,
    request: post(new URL(url).pathname, headers, JSON.stringify(ORDER)),
    status: 202,
    contains: '"status":"pending"',
  };
}

export const echoRequest = ({ port }) => ({ port, request: post('/', {}), status: 200, contains: '"price":1999' });
export const insertUpdateRequest = ({ port }) => ({
  port,
  request: post('/', {}),
  status: 200,
  contains: '"completed"',
});

/** Waits until no run is unfinished, and answers how many have completed with the right total. */
export async function countCompleted(cluster, database) {
  const unfinished = `select exists (select from app.runs where status = 'queued')
    or exists (select from app.runs where status in ('running', 'waiting')) as some`;
  while ((await cluster.query(database, unfinished))[0].some) await new Promise((resolve) => setTimeout(resolve, 10));
  const [{ count }] = await cluster.query(
    database,
    `select count(*)::int from app.runs where status = 'completed' and position($1 in output::text) > 0`,
    [TOTAL],
  );
  return count;
}

export const orderBody = BODY;

function post(path, headers, body = BODY) {
  const all = {
    host: '127.0.0.1',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
