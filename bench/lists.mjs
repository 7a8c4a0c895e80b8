// Whether lists of runs stay flat: the same requests to histories of 10 k, 100 k and 1 M runs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { newId } from '../dist/libs/ids/index.js';
import { ROOT } from './processes.mjs';
import { onStage } from './stage.mjs';
import * as systems from './systems.mjs';

const HISTORY = readFileSync(join(ROOT, 'test/factories/run-history.sql'), 'utf8');
const DAY_MS = 86_400_000;
const WORKFLOWS = Array.from({ length: 10 }, newId);

/** Query strings by what they ask for; histories span ninety days (run-history.sql says what is rare in them). */
const LISTS = {
  'all runs': '',
  ...Object.fromEntries(
    ['completed', 'failed', 'cancelled', 'timed_out', 'pending', 'running', 'waiting'].map((status) => [
      `status=${status}`,
      `status=${status}`,
    ]),
  ),
  ...Object.fromEntries(['api', 'test', 'webhook', 'schedule'].map((name) => [`trigger=${name}`, `trigger=${name}`])),
  workflowId: `workflowId=wf_${WORKFLOWS[1]}`,
  'workflowId, status=failed, none': `workflowId=wf_${WORKFLOWS[0]}&status=failed`,
  'workflowId, status=timed_out': `workflowId=wf_${WORKFLOWS[1]}&status=timed_out`,
  'workflowId, trigger=test, none': `workflowId=wf_${WORKFLOWS[0]}&trigger=test`,
  'status=cancelled, trigger=schedule': 'status=cancelled&trigger=schedule',
  'since, the last day': `since=${daysAgo(1)}`,
  'until, 80 days ago': `until=${daysAgo(80)}`,
  'since and until, a week': `since=${daysAgo(80)}&until=${daysAgo(73)}`,
  'since, until, workflowId': `since=${daysAgo(80)}&until=${daysAgo(73)}&workflowId=wf_${WORKFLOWS[1]}`,
  'since, until, status=failed': `since=${daysAgo(80)}&until=${daysAgo(73)}&status=failed`,
};

function daysAgo(days) {
  return new Date(Date.now() - days * DAY_MS).toISOString();
}

/**
 * @param {number[]} sizes runs of the organization that is asked for; two others have a third as many each
 * @param {number} requests of each kind
 * @returns {Promise<{size: number, times: Record<string, {p50: number, p95: number}>}[]>} in milliseconds
 */
export function measureLists(sizes, requests) {
  return onStage(async ({ cluster, up }) => {
    const stages = [];
    for (const size of sizes) {
      const database = `lists_${size}`;
      const url = await systems.createRunhookDatabase(cluster, database);
      const { server, authorization } = await systems.openRunhook(
        await up(systems.startRunhookOn(url, 'api')),
        cluster,
        database,
      );
      console.error(`filling ${size} runs`);
      await fill(cluster, database, size);
      stages.push({ size, ask: asker(`http://127.0.0.1:${server.port}/api/v1/runs`, authorization), times: {} });
    }
    await compare(stages, requests);
    return stages.map(({ size, times }) => ({ size, times }));
  });
}

async function fill(cluster, database, size) {
  const [head] = await cluster.query(database, 'select organization_id, version_id from app.workflows');
  const now = new Date();
  await cluster.query(database, HISTORY, [head.organization_id, size, WORKFLOWS, now, head.version_id]);
  for (let other = 0; other < 2; other++) {
    await cluster.query(database, HISTORY, [newId(), Math.round(size / 3), [newId(), newId()], now, newId()]);
  }
  await cluster.query(database, 'vacuum analyze');
}

const asker = (url, headers) => async (path) => {
  const { statusCode, body } = await request(url + path, { headers });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${text}`);
  return JSON.parse(text);
};

/** All sizes take turns with each kind of request, so that they meet the same neighbours. */
async function compare(stages, requests) {
  for (const stage of stages) {
    const ten = await deep(stage.ask);
    stage.paths = {
      ...Object.fromEntries(Object.entries(LISTS).map(([name, query]) => [name, `?limit=20&${query}`])),
      'all runs, 90 % down': `?limit=20&${ten.query}`,
      'get a run': `/${ten.id}`,
    };
  }
  for (const name of Object.keys(stages[0].paths)) {
    const taken = stages.map(() => []);
    for (let turn = -5; turn < requests; turn++) {
      for (const [at, { ask, paths }] of stages.entries()) {
        const begun = performance.now();
        await ask(paths[name]);
        if (turn >= 0) taken[at].push(performance.now() - begun);
      }
    }
    for (const [at, times] of taken.entries()) {
      times.sort((a, b) => a - b);
      stages[at].times[name] = { p50: times[times.length >> 1], p95: times[Math.floor(times.length * 0.95)] };
    }
  }
}

/** A run, and the page behind it, 90 % down. */
async function deep(ask) {
  const { data } = await ask(`?limit=1&until=${daysAgo(81)}`);
  return { id: data[0].id, query: `cursor=${Buffer.from(data[0].id.replace('run_', '')).toString('base64url')}` };
}

/** @returns {string} Markdown: ratios to the smallest history */
export function writeLists([smallest, ...others]) {
  const ratio = (a, b) => `${(a.p50 / b.p50).toFixed(2)} / ${(a.p95 / b.p95).toFixed(2)}`;
  const rows = Object.keys(smallest.times).map((name) => [
    name,
    ...others.map(({ times }) => ratio(times[name], smallest.times[name])),
  ]);
  const heads = ['', ...others.map(({ size }) => `${size.toLocaleString('en')} runs`)];
  const lines = [heads, heads.map((_, at) => (at ? '---:' : '---')), ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
  return `# Lists\n\np50 / p95 as ratios to ${smallest.size.toLocaleString('en')} runs of the same run.\n\n${lines.join('\n')}\n`;
}
