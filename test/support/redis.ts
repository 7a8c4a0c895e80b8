import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, track } from './child-processes.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

/** A Redis server of one test file, without persistence. */
export interface TestRedis {
  url: string;
  stop(): Promise<void>;
}

/** Whether there is a `redis-server` on PATH. Says so loudly when there is none. */
export function hasRedis(): boolean {
  const found = spawnSync('redis-server', ['--version']).status === 0;
  if (!found) process.stderr.write('\nWARNING: no redis-server on PATH, the tests that need Redis are SKIPPED.\n\n');
  return found;
}

/** Starts the `redis-server` found on PATH; undefined when there is none: skip the test then. */
export async function startRedis(): Promise<TestRedis | undefined> {
  if (!hasRedis()) return undefined;
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'runhook-redis-'));
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: directory,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = track(spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const stop = async (): Promise<void> => {
    await end(child, 'SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await until(() => output.includes('Ready to accept connections'));
  } catch (cause) {
    await stop();
    throw new Error(`redis-server did not start:\n${output}`, { cause });
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}
