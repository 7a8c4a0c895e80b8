// What graphs cost: compiling 500 blocks, and a split into 200 calls of 50 ms each.
import { createServer } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { request } from 'undici';
import { BlockRegistry } from '../dist/libs/block-kit/index.js';
import { BlockTypesModule } from '../dist/src/app.module.js';
import { compileDefinition } from '../dist/src/modules/workflows/compile-definition.js';
import { Settings } from '../dist/src/platform/config/index.js';
import { onStage } from './stage.mjs';
import * as systems from './systems.mjs';

const BLOCKS = 500;
const WIDTH = 200;
const DELAY_MS = 50;
const START = { id: 'start', type: 'starter', config: {} };
const OUT = { id: 'out', type: 'response', config: {} };

/** @param {number} times of each */
export async function measureGraphs(times) {
  return { compile: await measureCompile(times), split: await measureSplit(times) };
}

/** A chain, and as wide a graph, whose blocks read the first one. */
async function measureCompile(times) {
  const app = await NestFactory.createApplicationContext(BlockTypesModule.register(new Settings()), { logger: false });
  const registry = app.get(BlockRegistry);
  const inner = Array.from({ length: BLOCKS - 2 }, (_, index) => ({
    id: `b${index}`,
    type: 'transform',
    config: { mapping: { text: `<start.output.text> and {{variables.n | times: ${index + 1}}}` } },
  }));
  const ids = ['start', ...inner.map(({ id }) => id), 'out'];
  const chain = ids.slice(1).map((target, index) => ({ source: ids[index], target }));
  const wide = inner.flatMap(({ id }) => [
    { source: 'start', target: id },
    { source: id, target: 'out' },
  ]);
  const rows = {};
  for (const [shape, edges] of Object.entries({ chain, wide })) {
    const graph = {
      blocks: [START, ...inner, OUT],
      edges: edges.map((edge, at) => ({ id: `e${at}`, ...edge })),
      variables: {},
    };
    rows[shape] = repeat(times, () => compileDefinition({ trigger: { type: 'api' }, steps: [], graph }, registry));
  }
  await app.close();
  return rows;
}

const measureSplit = (times) =>
  onStage(async ({ cluster, up }) => {
    const target = createServer((_request, response) => {
      setTimeout(() => response.setHeader('content-type', 'application/json').end('{"ok":true}'), DELAY_MS);
    });
    await new Promise((resolve) => target.listen(0, '127.0.0.1', resolve));
    try {
      const url = await systems.createRunhookDatabase(cluster, 'split');
      const env = { OUTBOUND_ALLOW: '127.0.0.1/32' };
      const { server, authorization, database } = await systems.openRunhook(
        await up(systems.startRunhookOn(url, 'all', env)),
        cluster,
        'split',
      );
      const call = caller(`http://127.0.0.1:${server.port}`, authorization);
      const { id } = await call('POST', '/api/workflows', { name: 'Split' });
      await call('PUT', `/api/workflows/${id}/graph`, splitGraph(`http://127.0.0.1:${target.address().port}/`));
      const durations = [];
      for (let at = 0; at < times; at++) {
        const begun = performance.now();
        const { status } = await call('POST', `/api/workflows/${id}/execute`, { variables: {} });
        if (status !== 'completed') throw new Error(`the run in ${database} did not complete`);
        durations.push(performance.now() - begun);
      }
      return spread(durations);
    } finally {
      target.close();
    }
  });

function splitGraph(url) {
  const calls = Array.from({ length: WIDTH }, (_, index) => ({
    id: `c${index}`,
    type: 'general_api',
    config: { url },
  }));
  return {
    blocks: [START, { id: 'split', type: 'split', config: {} }, ...calls, OUT],
    edges: [
      { source: 'start', target: 'split' },
      ...calls.flatMap(({ id }) => [
        { source: 'split', target: id },
        { source: id, target: 'out' },
      ]),
    ],
  };
}

const caller = (base, authorization) => async (method, path, body) => {
  const answer = await request(base + path, {
    method,
    headers: { ...authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  return JSON.parse(text);
};

function repeat(times, work) {
  return spread(
    Array.from({ length: times }, () => {
      const begun = performance.now();
      work();
      return performance.now() - begun;
    }),
  );
}

function spread(durations) {
  const sorted = durations.toSorted((a, b) => a - b);
  return { p50: sorted[Math.floor(sorted.length / 2)], p95: sorted[Math.floor(sorted.length * 0.95)] };
}

export function writeGraphs({ compile, split }) {
  const rows = [
    [`compile ${BLOCKS} blocks, one after the other`, compile.chain],
    [`compile ${BLOCKS} blocks, side by side`, compile.wide],
    [`a run that splits into ${WIDTH} calls of ${DELAY_MS} ms`, split],
  ];
  const lines = rows.map(([what, { p50, p95 }]) => `| ${what} | ${p50.toFixed(1)} | ${p95.toFixed(1)} |\n`);
  return `\nMilliseconds:\n\n| | p50 | p95 |\n|---|---:|---:|\n${lines.join('')}`;
}
