// Everything CI demands, in order, stopping at the first failure.
//   node tools/check.mjs                       all steps
//   node tools/check.mjs --from test:medium    from that step on
//   node tools/check.mjs --only build,openapi  just these
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const script = (name) => () => run('npm', ['run', '--silent', name]);

const STEPS = {
  'format:check': script('format:check'),
  lint: script('lint'),
  typecheck: script('typecheck'),
  boundaries: script('boundaries'),
  'test:unit': script('test:unit'),
  build: script('build'),
  openapi: openapiIsCurrent,
  migrations: () => run(process.execPath, ['dist/src/tools/check-migrations.js']),
  'test:medium': script('test:medium'),
  'test:e2e': script('test:e2e'),
  'test:e2e:cluster': script('test:e2e:cluster'),
  'test:contract': script('test:contract'),
  'test:chaos': script('test:chaos'),
};

function run(command, args) {
  return spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
}

/** openapi.yaml is generated from the code; both are committed together. */
function openapiIsCurrent() {
  const directory = mkdtempSync(join(tmpdir(), 'runhook-openapi-'));
  const generated = join(directory, 'openapi.yaml');
  try {
    if (!run(process.execPath, ['dist/src/tools/write-openapi.js', generated])) return false;
    if (readFileSync(generated).equals(readFileSync('openapi.yaml'))) return true;
    const diff = spawnSync('git', ['diff', '--no-index', '--unified=1', 'openapi.yaml', generated], {
      encoding: 'utf8',
    });
    console.error(
      `${diff.stdout?.split('\n').slice(0, 40).join('\n')}\nopenapi.yaml is out of date: run \`npm run openapi\`.`,
    );
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function chooseSteps() {
  const { values } = parseArgs({ options: { from: { type: 'string' }, only: { type: 'string' } } });
  const names = Object.keys(STEPS);
  const wished = [...(values.from ? [values.from] : []), ...(values.only?.split(',') ?? [])];
  const unknown = wished.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no step ${unknown.join(', ')}. The steps: ${names.join(', ')}.`);
    process.exit(2);
  }
  const first = values.from ? names.indexOf(values.from) : 0;
  return Object.entries(STEPS).filter(
    ([name], at) => at >= first && (!values.only || values.only.split(',').includes(name)),
  );
}

const results = [];
for (const [name, step] of chooseSteps()) {
  console.log(`\n▸ ${name}`);
  const start = performance.now();
  const passed = step();
  results.push({ name, passed, seconds: (performance.now() - start) / 1000 });
  if (!passed) break;
}

console.log('');
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? '✓' : '✗'} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(7)} s`);
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
