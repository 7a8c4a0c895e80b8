// npm run bench [-- --quick] [--write] [--only load,starts,costs] [--profile [synchronous|accept]] [--connections 16]
// npm run bench -- lists|graphs|code [--quick]
//
// Measures Runhook against bare programs on the same machine and database, and prints tables. README.md says how to read them.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './processes.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string', default: 'load,starts,costs' },
    profile: { type: 'boolean', default: false },
    connections: { type: 'string', default: '16' },
    rounds: { type: 'string' },
  },
});

// Many short rounds rather than few long ones: the systems then meet the same neighbours on a busy machine.
const PLANS = {
  full: {
    rounds: 9,
    seconds: 1.5,
    runs: 2000,
    posts: 25,
    starts: 3,
    restSeconds: 30,
    windowSeconds: 60,
    requests: 640,
  },
  quick: { rounds: 1, seconds: 2, runs: 1000, posts: 40, starts: 1, restSeconds: 15, windowSeconds: 30, requests: 320 },
};

const built = spawnSync(process.execPath, ['tools/build-if-stale.mjs'], { cwd: ROOT, stdio: 'inherit' });
if (built.status !== 0) throw new Error('Runhook does not build.');

if (positionals[0] === 'lists') await lists();
else if (positionals[0] === 'graphs') await graphs();
else if (positionals[0] === 'code') await code();
else if (options.profile) await profile();
else
  await bench({
    ...(options.quick ? PLANS.quick : PLANS.full),
    ...(options.rounds && { rounds: Number(options.rounds) }),
  });

async function bench(plan) {
  const load = loadavg()[0];
  const sections = options.only.split(',');
  const { measureRounds } = await import('./rounds.mjs');
  const { measureStarts, measureCosts } = await import('./starts.mjs');
  const { writeReport } = await import('./report.mjs');
  const results = {
    starts: sections.includes('starts') ? await attempt(() => measureStarts(plan.starts)) : undefined,
    rounds: sections.includes('load') ? await attempt(() => measureRounds(plan)) : undefined,
    costs: sections.includes('costs') ? await attempt(() => measureCosts(plan)) : undefined,
  };
  const mode = options.quick ? 'one short round' : `${plan.rounds} rounds of ${plan.seconds} s a cell`;
  const report = writeReport({ mode, load, ...results });
  process.stdout.write(report);
  if (options.write) writeFileSync(join(ROOT, 'bench/results.md'), report);
}

async function profile() {
  const { profileServer } = await import('./profile.mjs');
  const { writeProfile } = await import('./report.mjs');
  const plan = {
    kind: positionals[0] ?? 'synchronous',
    connections: Number(options.connections),
    seconds: options.quick ? 5 : 15,
  };
  process.stdout.write(writeProfile(plan, await profileServer(plan)));
}

async function lists() {
  const { measureLists, writeLists } = await import('./lists.mjs');
  const sizes = options.quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
  process.stdout.write(writeLists(await measureLists(sizes, options.quick ? 40 : 200)));
}

async function graphs() {
  const { measureGraphs, writeGraphs } = await import('./graphs.mjs');
  process.stdout.write(writeGraphs(await measureGraphs(options.quick ? 10 : 50)));
}

async function code() {
  const { measureCode, writeCode } = await import('./code.mjs');
  process.stdout.write(writeCode(await measureCode(options.quick ? 100 : 500)));
}

/** A part that cannot be measured does not take the others with it. */
async function attempt(part) {
  try {
    return await part();
  } catch (error) {
    console.error(error);
    return undefined;
  }
}
