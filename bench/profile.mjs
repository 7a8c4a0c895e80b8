// Where the server's CPU goes under the synchronous load.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './processes.mjs';
import { onStage } from './stage.mjs';
import * as systems from './systems.mjs';

const microseconds = () => Number(process.hrtime.bigint() / 1000n);

/**
 * Profiles the server from `from` to `to` only: V8 stamps its samples with the same monotonic clock that `process.hrtime` reads.
 *
 * @param {{kind: 'synchronous' | 'accept', connections: number, seconds: number}} plan
 */
export function profileServer({ kind, connections, seconds }) {
  return onStage(async ({ directory, cluster, client, up }) => {
    const flags = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${directory}`];
    const server = await up(systems.startRunhook(directory, flags));
    const target = await systems.openRunhook(server, cluster);
    await client.send({ ...target[kind], connections, seconds: seconds / 2 });
    const from = microseconds();
    const { answers } = await client.send({ ...target[kind], connections, seconds });
    const to = microseconds();
    await server.stop();
    const file = readdirSync(directory).find((name) => name.endsWith('.cpuprofile'));
    return { answers, ...analyse(JSON.parse(readFileSync(join(directory, file), 'utf8')), from, to) };
  });
}

/** Milliseconds by function and by origin: `self` without what it called, `total` with it. Idle time is left out. */
function analyse({ nodes, samples, timeDeltas, startTime }, from, to) {
  const byId = new Map(nodes.map((node) => [node.id, { ...node, name: nameOf(node), origin: originOf(node) }]));
  for (const { id, children = [] } of nodes) for (const child of children) byId.get(child).parent = byId.get(id);
  const [self, total, origins] = [new Map(), new Map(), new Map()];
  let busy = 0;
  let at = startTime;
  samples.forEach((id, index) => {
    at += timeDeltas[index];
    const node = byId.get(id);
    if (at < from || at > to || node.name === '(idle)') return;
    const ms = timeDeltas[index] / 1000;
    busy += ms;
    add(self, node.name, ms);
    add(origins, node.origin, ms);
    const onStack = new Set();
    for (let frame = node; frame; frame = frame.parent) onStack.add(frame.name);
    for (const name of onStack) add(total, name, ms);
  });
  return { busy, self: top(self), total: top(total), origins: top(origins) };
}

const add = (map, key, ms) => map.set(key, (map.get(key) ?? 0) + ms);
const top = (map) => [...map].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);

function nameOf({ callFrame: { functionName, url, lineNumber } }) {
  const path = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url;
  const place = path.replace(/^.*node_modules\//, '');
  return place ? `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}` : functionName;
}

/** A package, a room of Runhook, or a part of Node. */
function originOf({ callFrame: { functionName, url } }) {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (inPackage) return inPackage[1];
  const room = /\/dist\/((?:src\/(?:modules|platform)|libs|src)\/[^/]+)/.exec(url);
  if (room) return `Runhook ${room[1]}`;
  return url.startsWith('node:') ? url.split('/')[0] : functionName.startsWith('(') ? functionName : 'V8 and native';
}
