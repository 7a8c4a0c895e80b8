// The systems under load, interleaved: each round gives every system its turn, so that what the machine does meanwhile hits all alike.
import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { measure } from './load.mjs';
import { onStage } from './stage.mjs';
import * as systems from './systems.mjs';

export const CONNECTIONS = [1, 16, 64];

/**
 * @typedef {object} Rounds
 * @property {Record<string, Record<number, import('./load.mjs').Cell[]>>} cells by system and connections, one a round
 * @property {Record<string, number[]>} endToEnd runs a second by system, one a round
 * @property {Record<string, {stored: number, seen: number}[]>} lowLoad accepted → done by system, p50 in ms, one a round
 * @property {{cpuMs: number, fsyncMs: number}[]} noise
 * @property {string[]} complaints wrong answers
 * @property {string} database version of PostgreSQL
 */

/**
 * @param {{rounds: number, seconds: number, runs: number, posts: number}} plan seconds a cell, runs end to end, posts at low load
 * @returns {Promise<Rounds>}
 */
export function measureRounds(plan) {
  return onStage(async (stage) => {
    const actors = await enter(stage);
    const entrants = entrantsOf(stage, actors);
    for (const entrant of entrants) await warmUp(stage, entrant);
    const results = {
      cells: {},
      endToEnd: {},
      lowLoad: {},
      noise: [],
      complaints: stage.client.complaints,
      database: await versionOf(stage.cluster),
    };
    for (let round = 0; round < plan.rounds; round++) {
      console.error(`round ${round + 1} of ${plan.rounds}`);
      results.noise.push(weighMachine(stage.directory));
      await measureCells(stage, entrants, plan, round, results.cells);
      await measureRuns(stage, actors, plan, results);
    }
    return results;
  });
}

/** Every server, up for the whole bench, on databases of one cluster. */
async function enter({ directory, cluster, up }) {
  const echo = await up(systems.startEcho());
  const insertUpdate = await up(systems.startInsertUpdate(cluster));
  const embedded = await systems.openRunhook(await up(systems.startRunhook(directory)), cluster);
  const sharedUrl = await systems.createRunhookDatabase(cluster, 'shared');
  const shared = await systems.openRunhook(await up(systems.startRunhookOn(sharedUrl, 'all')), cluster, 'shared');
  const splitUrl = await systems.createRunhookDatabase(cluster, 'split');
  const split = await systems.openRunhook(await up(systems.startRunhookOn(splitUrl, 'api')), cluster, 'split');
  return { echo, insertUpdate, embedded, shared, split, startWorker: () => systems.startRunhookOn(splitUrl, 'worker') };
}

/** Who takes part in each round, and what has to be tidied up behind them. */
function entrantsOf({ cluster }, { echo, insertUpdate, embedded, shared, split }) {
  const drain = ({ database }) => systems.countCompleted(cluster, database);
  const discard = ({ database }) => cluster.query(database, 'truncate app.runs, app.webhook_deliveries cascade');
  return [
    { name: 'L2 echo', server: echo, request: systems.echoRequest(echo) },
    { name: 'L4 insert + update', server: insertUpdate, request: systems.insertUpdateRequest(insertUpdate) },
    { name: 'synchronous', server: embedded.server, request: embedded.synchronous },
    { name: 'synchronous, DATABASE_URL', server: shared.server, request: shared.synchronous },
    { name: 'accept, ROLE=api', server: split.server, request: split.accept, tidy: () => discard(split) },
    { name: 'webhook, ROLE=api', server: split.server, request: split.webhook, tidy: () => discard(split) },
    {
      name: 'accept, executing meanwhile',
      server: embedded.server,
      request: embedded.accept,
      tidy: () => drain(embedded),
    },
  ];
}

/** A server's first seconds are spent compiling; no system is judged by them. */
async function warmUp({ client }, { request, tidy }) {
  await client.send({ ...request, connections: 16, seconds: 60, total: 5000 });
  await tidy?.();
}

async function measureCells({ cluster, client }, entrants, { seconds }, round, cells) {
  for (const connections of CONNECTIONS) {
    for (const { name, server, request, tidy } of rotate(entrants, round)) {
      const pids = { app: server.pid, database: cluster.pid() };
      const cell = await undisturbed(() => measure(client, request, { connections, seconds, pids }), tidy);
      ((cells[name] ??= {})[connections] ??= []).push(cell);
    }
  }
}

/** Cores that other processes may take from a cell; what the system's own bookkeeping takes is below it. */
const DISTURBING = 0.4;
const TRIES = 4;

/** Measures again while other processes take much of the machine; answers the least disturbed try. */
async function undisturbed(take, tidy) {
  let best;
  for (let tries = 0; tries < TRIES && !(best?.others < DISTURBING); tries++) {
    const cell = await take();
    if (!best || cell.others < best.others) best = cell;
    await tidy?.();
  }
  return best;
}

/** Another system comes first in each round. */
const rotate = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)];

async function measureRuns(
  { cluster, client },
  { embedded, split, startWorker },
  { runs, posts },
  { endToEnd, lowLoad },
) {
  const worker = await startWorker();
  try {
    for (const [name, target] of Object.entries({ 'one process': embedded, 'api and worker apart': split })) {
      await timeRuns(client, cluster, target, Math.ceil(runs / 4));
      (endToEnd[name] ??= []).push(await timeRuns(client, cluster, target, runs));
      (lowLoad[name] ??= []).push(await timeSingleRuns(cluster, target, posts));
    }
  } finally {
    await worker.stop();
  }
}

/** Runs a second, from the first post to the last run that completed by the database's clock. */
async function timeRuns(client, cluster, target, total) {
  const before = await systems.countCompleted(cluster, target.database);
  const { startedAt } = await client.send({ ...target.accept, connections: 64, seconds: 600, total });
  const completed = (await systems.countCompleted(cluster, target.database)) - before;
  if (completed !== total)
    client.complaints.push(`${total - completed} of ${total} runs did not complete with the right total`);
  const [{ endedAt }] = await cluster.query(
    target.database,
    `select extract(epoch from max(completed_at))::float8 * 1000 as "endedAt" from app.runs`,
  );
  return completed / ((endedAt - startedAt) / 1000);
}

/** One run at a time: created → completed as stored, and post sent → `run.completed` received by a client that opens the event stream. */
async function timeSingleRuns(cluster, target, posts) {
  const seen = [];
  for (let post = 0; post < posts; post++) {
    const sentAt = performance.now();
    const headers = { ...target.authorization, 'content-type': 'application/json' };
    const accepted = await request(target.runUrl, { method: 'POST', headers, body: systems.orderBody });
    const { runId } = await accepted.body.json();
    const stream = await request(`${target.url}/api/v1/runs/${runId}/events`, { headers: target.authorization });
    let text = '';
    for await (const chunk of stream.body) text += chunk;
    if (!text.includes('run.completed')) throw new Error(`The events of ${runId} end without run.completed: ${text}`);
    seen.push(performance.now() - sentAt);
  }
  const [{ stored }] = await cluster.query(
    target.database,
    `select percentile_cont(0.5) within group (order by extract(epoch from completed_at - created_at) * 1000)::float8 as stored
     from (select * from app.runs order by id desc limit $1) latest`,
    [posts],
  );
  return { stored, seen: seen.sort((a, b) => a - b)[posts >> 1] };
}

/** A fixed piece of work for one core, and what one small durable write costs (p50 of 50). */
function weighMachine(directory) {
  const begun = performance.now();
  const block = Buffer.alloc(1 << 20);
  for (let i = 0; i < 128; i++) createHash('sha256').update(block).digest();
  const cpuMs = performance.now() - begun;
  const file = openSync(join(directory, 'fsync-probe'), 'w');
  const times = Array.from({ length: 50 }, () => {
    const at = performance.now();
    writeSync(file, block, 0, 8192);
    fdatasyncSync(file);
    return performance.now() - at;
  });
  closeSync(file);
  return { cpuMs, fsyncMs: times.sort((a, b) => a - b)[25] };
}

const versionOf = async (cluster) => (await cluster.query('postgres', 'show server_version'))[0].server_version;
