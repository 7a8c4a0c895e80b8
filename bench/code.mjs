// What a code block costs: in the sandbox by itself, as a step of a run, and how soon hostile code has failed.
import { request } from 'undici';
import { HOSTILE_CODE } from '../dist/libs/sandbox/hostile-code.js';
import { Sandbox } from '../dist/libs/sandbox/index.js';
import { onStage } from './stage.mjs';
import * as systems from './systems.mjs';

const PYTHON = `items = input_data["items"]
total = 0
for item in items:
    total += item["price"] * item["quantity"]
tax = round(total * 0.08, 2)
names = [item["product"].upper() for item in items]
print("total", total)
big = [n for n in names if len(n) > 3]
rate = tax / total if total else 0
output = {"total": total + tax, "names": names, "big": len(big), "rate": rate}`;
const JAVASCRIPT = `const { items } = input_data;
let total = 0;
for (const item of items) {
  total += item.price * item.quantity;
}
const tax = Math.round(total * 8) / 100;
const names = items.map((item) => item.product.toUpperCase());
console.log("total", total);
const big = names.filter((name) => name.length > 3);
return { total: total + tax, names, big: big.length, rate: total ? tax / total : 0 };`;
const TEN_LINES = { python: PYTHON, javascript: JAVASCRIPT };
const INPUT = JSON.parse(systems.orderBody).input;
const HOSTILE_LIMIT_MS = 1000;

/** @param {number} times of each kind */
export async function measureCode(times) {
  return { sandbox: await measureSandbox(times), runs: await measureRuns(times), hostile: await measureHostile() };
}

async function measureSandbox(times) {
  const rows = {};
  for (const [language, code] of Object.entries(TEN_LINES)) {
    const job = { language, code, variables: { input_data: INPUT } };
    const cold = [];
    for (let at = 0; at < 10; at++) {
      const fresh = new Sandbox({ size: 1 });
      cold.push(await timed(() => fresh.run(job)));
      fresh.close();
    }
    const sandbox = new Sandbox({ size: 1 });
    const warm = await repeat(times, () => sandbox.run(job));
    const large = { ...job, variables: { input_data: { ...INPUT, more: 'x'.repeat(500_000) } } };
    const heavy = await repeat(Math.ceil(times / 5), () => sandbox.run(large));
    const check = await repeat(times, () => sandbox.check(language, code));
    sandbox.close();
    rows[language] = { cold: spread(cold), warm, heavy, check };
  }
  return rows;
}

/** Runs of one code block and of two: the difference is what a block adds to a run, its journal entry included. */
const measureRuns = (times) =>
  onStage(async ({ cluster, up }) => {
    const url = await systems.createRunhookDatabase(cluster, 'code');
    const opened = await systems.openRunhook(await up(systems.startRunhookOn(url, 'all')), cluster, 'code');
    const call = caller(opened);
    const rows = {};
    for (const [language, code] of Object.entries(TEN_LINES)) {
      const step = (id) => ({ id, type: 'code', config: { language, code, input: '{{input}}' } });
      const workflows = [await activate(call, [step('a')]), await activate(call, [step('a'), step('b')])];
      const taken = workflows.map(() => []);
      for (let turn = -10; turn < times; turn++) {
        for (const [at, id] of workflows.entries()) {
          const took = await timed(() => run(call, id));
          if (turn >= 0) taken[at].push(took);
        }
      }
      const [one, two] = taken.map(spread);
      rows[language] = { one, two };
    }
    return rows;
  });

async function measureHostile() {
  const sandbox = new Sandbox({ size: 1 });
  const taken = [];
  for (const { language, name, code, reason } of HOSTILE_CODE) {
    await sandbox.run({ language, code: '', variables: {} });
    const limits = { timeoutMs: HOSTILE_LIMIT_MS };
    let result;
    const ms = await timed(async () => (result = await sandbox.run({ language, code, variables: {}, limits })));
    taken.push({ name: `${language}: ${name}`, reason, got: result.problem?.reason ?? 'none', ms });
  }
  sandbox.close();
  return taken;
}

const caller =
  ({ url, authorization }) =>
  async (method, path, body) => {
    const headers = { ...authorization, 'content-type': 'application/json' };
    const answer = await request(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text);
  };

async function activate(call, steps) {
  const { id } = await call('POST', '/api/v1/workflows', { name: 'Code', trigger: { type: 'api' }, steps });
  await call('POST', `/api/v1/workflows/${id}/activate`);
  return id;
}

async function run(call, id) {
  const { status, output } = await call('POST', `/api/v1/workflows/${id}/run?wait=10`, { input: INPUT });
  if (status !== 'completed' || output.total !== 4857.84) throw new Error(`a run came to ${JSON.stringify(output)}`);
}

async function timed(work) {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function repeat(times, work) {
  const taken = [];
  for (let turn = -5; turn < times; turn++) {
    const took = await timed(work);
    if (turn >= 0) taken.push(took);
  }
  return spread(taken);
}

function spread(taken) {
  const sorted = taken.toSorted((a, b) => a - b);
  return { p50: sorted[sorted.length >> 1], p95: sorted[Math.floor(sorted.length * 0.95)] };
}

/** @returns {string} Markdown: p50 / p95 in milliseconds */
export function writeCode({ sandbox, runs, hostile }) {
  const show = ({ p50, p95 }) => `${p50.toFixed(2)} / ${p95.toFixed(2)}`;
  const added = ({ one, two }) => (two.p50 - one.p50).toFixed(2);
  const rows = [
    ['ms, p50 / p95', 'Python', 'JavaScript'],
    ['---', '---:', '---:'],
    ['ten lines, warm process', show(sandbox.python.warm), show(sandbox.javascript.warm)],
    ['the same with 500 kB of input', show(sandbox.python.heavy), show(sandbox.javascript.heavy)],
    ['ten lines, first of a process', show(sandbox.python.cold), show(sandbox.javascript.cold)],
    ['check at save', show(sandbox.python.check), show(sandbox.javascript.check)],
    ['run of one block, over HTTP', show(runs.python.one), show(runs.javascript.one)],
    ['run of two blocks, over HTTP', show(runs.python.two), show(runs.javascript.two)],
    ['what the second block adds, p50', added(runs.python), added(runs.javascript)],
  ];
  const table = rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const wrong = hostile.filter(({ reason, got }) => reason !== got && got !== 'TIMEOUT');
  const slowest = hostile.toSorted((a, b) => b.ms - a.ms).slice(0, 3);
  const lines = slowest.map(({ name, ms }) => `${name} ${ms.toFixed(0)} ms`).join(', ');
  return (
    `# Code\n\n${table}\n\n` +
    `${hostile.length} pieces of hostile code with a limit of ${HOSTILE_LIMIT_MS} ms; the slowest: ${lines}.\n` +
    wrong.map(({ name, reason, got }) => `${name}: expected ${reason}, got ${got}\n`).join('')
  );
}
