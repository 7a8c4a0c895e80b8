// Builds dist/ when it is missing or older than a source file, so that `npm start` works on a fresh clone and after an edit.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const STAMP = 'dist/src/main.js';
const CLI = 'node_modules/@nestjs/cli/bin/nest.js';
const SOURCES = ['src', 'libs', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const built = existsSync(STAMP) ? statSync(STAMP).mtimeMs : 0;
const sources = SOURCES.filter((path) => existsSync(path));
const stale = existsSync('src/main.ts') && Math.max(...sources.map(newest)) > built;
if (stale && existsSync(CLI))
  process.exit(spawnSync(process.execPath, [CLI, 'build'], { stdio: 'inherit' }).status ?? 1);
if (stale && !built) {
  console.error('Runhook is not built and the build tools are not installed: run `npm ci` without --omit=dev first.');
  process.exit(1);
}
