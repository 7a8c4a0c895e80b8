// How long Runhook takes to start, and what it costs when nobody calls.
import { request } from 'undici';
import { newDirectory, openCluster, removeDirectory } from './cluster.mjs';
import { residentMb } from './processes.mjs';
import { onStage } from './stage.mjs';
import * as systems from './systems.mjs';

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Milliseconds from the start of the process to the first 200 of `GET /health/ready`: on an empty data directory, and once more on the
 * same one.
 *
 * @param {number} rounds
 * @returns {Promise<{first: number, later: number}[]>}
 */
export async function measureStarts(rounds) {
  const results = [];
  for (let round = 0; round < rounds; round++) {
    console.error(`start ${round + 1} of ${rounds}`);
    const directory = newDirectory();
    try {
      results.push({ first: await timeStart(directory), later: await timeStart(directory) });
    } finally {
      removeDirectory(directory);
    }
  }
  return results;
}

async function timeStart(directory) {
  const server = await systems.startRunhook(directory);
  try {
    for (;;) {
      const { statusCode, body } = await request(`http://127.0.0.1:${server.port}/health/ready`);
      await body.dump();
      if (statusCode === 200) return performance.now() - server.begun;
      await sleep(0.005);
    }
  } finally {
    await server.stop();
  }
}

/**
 * @typedef {object} Cost of one way to run Runhook
 * @property {number} idleMb resident memory of the node process after the rest
 * @property {number} loadedMb the same after the requests of `statements`
 * @property {number} perMinute statements when idle
 * @property {{calls: number, query: string}[]} idle which statements these were in the window
 * @property {Record<string, number>} statements per request, by kind of request
 */

/**
 * Statements are counted by pg_stat_statements, which counts each execution, also of prepared statements, `begin` and `commit`.
 *
 * @param {{restSeconds: number, windowSeconds: number, requests: number}} plan
 * @returns {Promise<Record<string, Cost>>}
 */
export function measureCosts(plan) {
  console.error(`idle for ${plan.restSeconds} + ${plan.windowSeconds} s`);
  return onStage(async ({ directory, cluster, client, up }) => {
    const embedded = await systems.openRunhook(await up(systems.startRunhook(directory)), cluster);
    const url = await systems.createRunhookDatabase(cluster, 'shared');
    const shared = await systems.openRunhook(await up(systems.startRunhookOn(url, 'all')), cluster, 'shared');
    const targets = Object.entries({ embedded, DATABASE_URL: shared });
    const counter = counterOf(cluster);
    await sleep(plan.restSeconds);
    const idleMb = targets.map(([, { server }]) => residentMb(server.pid));
    await counter.reset();
    await sleep(plan.windowSeconds);
    const idle = await Promise.all(targets.map(([, { database }]) => counter.read(database)));
    const costs = {};
    for (const [index, [name, target]] of targets.entries()) {
      const perMinute = (sum(idle[index]) * 60) / plan.windowSeconds;
      const statements = await countPerRequest({ cluster, client, counter }, target, plan.requests);
      costs[name] = {
        idleMb: idleMb[index],
        loadedMb: residentMb(target.server.pid),
        perMinute,
        idle: idle[index],
        statements,
      };
    }
    return costs;
  }, openCountingCluster);
}

/** The first batch fills caches and starts timers; the second is counted, with the execution of what it started. */
async function countPerRequest({ cluster, client, counter }, target, requests) {
  const send = async (kind, connections) => {
    await client.send({ ...target[kind], connections, seconds: 600, total: requests });
    await systems.countCompleted(cluster, target.database);
  };
  const statements = {};
  for (const kind of ['synchronous', 'accept']) {
    for (const connections of [1, 16, 64]) {
      await send(kind, connections);
      await counter.reset();
      await send(kind, connections);
      statements[`${kind}, ${connections}`] = sum(await counter.read(target.database)) / requests;
    }
  }
  return statements;
}

/** The library has to be there when the server starts. */
async function openCountingCluster(directory) {
  const first = await openCluster(directory);
  await first.query('postgres', `alter system set shared_preload_libraries = 'pg_stat_statements'`);
  await first.close();
  const cluster = await openCluster(directory);
  await cluster.query('postgres', 'create extension pg_stat_statements');
  return cluster;
}

/** This process's own statements on Runhook's databases are left out by what they ask. */
function counterOf(cluster) {
  return {
    reset: () => cluster.query('postgres', 'select pg_stat_statements_reset()'),
    read: (database) =>
      cluster.query(
        'postgres',
        `select calls::int, regexp_replace(query, '\\s+', ' ', 'g') as query
         from pg_stat_statements s join pg_database d on d.oid = s.dbid
         where datname = $1 and query not like 'select exists (select from app.runs%' and query not like 'select count(*)::int from app.runs%'
         order by calls desc`,
        [database],
      ),
  };
}

const sum = (rows) => rows.reduce((total, { calls }) => total + calls, 0);
