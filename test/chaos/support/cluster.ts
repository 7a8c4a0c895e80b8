import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/platform/database/embedded-postgres.js';
import { findProcess } from '../../../src/platform/database/embedded-process.js';
import { until } from '../../support/until.js';

/** A PostgreSQL of one test, as durable as in production, that can be brought down and up again on the same port. */
export interface Cluster {
  url: string;
  /** SIGQUIT is PostgreSQL's immediate stop: no checkpoint, recovery at the next start. Returns when the server is gone. */
  crash(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** Returns when it answers. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  // For root, TMPDIR may lie where the database's account cannot go.
  const dataDir = mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'runhook-chaos-cluster-'));
  chmodSync(dataDir, 0o755);
  const starts: EmbeddedPostgres[] = [await startEmbeddedPostgres({ dataDir })];
  const url = starts[0]?.url ?? '';
  return {
    url,
    crash: async (signal) => {
      const pid = Number(readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, signal);
      await until(() => findProcess(pid) === undefined);
    },
    start: async () => {
      const started = await startEmbeddedPostgres({ dataDir });
      starts.push(started);
      if (started.url !== url) throw new Error(`PostgreSQL moved from ${url} to ${started.url}`);
    },
    remove: async () => {
      for (const started of starts) await started.stop();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
