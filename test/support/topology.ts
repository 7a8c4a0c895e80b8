import { type RoundRobin, startRoundRobin } from './round-robin.js';
import { startRedis } from './redis.js';
import { type RunningServer, type ServerOptions, type ServerProcess, sharedSettings, startServer } from './server.js';

/** Whether the server under test is two API and two worker processes on PostgreSQL and Redis instead of one process: `npm run test:e2e:cluster`. */
export const isCluster = process.env['E2E_TOPOLOGY'] === 'cluster';

/**
 * For `describe.skipIf` and `it.skipIf`: whether to skip what only holds for a server that is one process. Says so when it is skipped.
 *
 * @param reason completes "Skipped in the cluster: …"
 */
export function skippedInCluster(reason: string): boolean {
  if (isCluster) process.stderr.write(`Skipped in the cluster: ${reason}.\n`);
  return isCluster;
}

/** PostgreSQL takes a hundred connections, and two test files may run at once. */
const POOL = { DATABASE_POOL_SIZE: '5' };

/** What stands around the server under test. */
export interface Surroundings {
  start(options?: ServerOptions): Promise<RunningServer>;
  close(): Promise<void>;
}

/**
 * Prepares what the server of this test run needs beside its database: in a cluster a Redis, which every process on that database is told of, also
 * one that a test starts by itself. `start` then starts one process, or the cluster behind one address; a role asks for just that process.
 */
export async function openSurroundings(databaseUrl: string): Promise<Surroundings> {
  const start = (options?: ServerOptions): Promise<ServerProcess> => startServer({ ...options, databaseUrl });
  if (!isCluster) return { start, close: async () => undefined };
  const redis = await startRedis();
  if (!redis) throw new Error('The cluster needs a redis-server on PATH.');
  sharedSettings.set(databaseUrl, { REDIS_URL: redis.url });
  return {
    start: (options = {}) => (options.role === undefined ? startCluster({ ...options, databaseUrl }) : start(options)),
    close: () => redis.stop(),
  };
}

async function startCluster({ port, ...options }: ServerOptions): Promise<RunningServer> {
  const env = { ...POOL, ...options.env };
  const roles = ['api', 'api', 'worker', 'worker'] as const;
  const processes = await startTogether(roles.map((role) => startServer({ ...options, role, env })));
  const urls = processes.map(({ url }) => url).filter((url) => url !== '');
  return asOne(await startRoundRobin(urls, port), processes);
}

/** All or none: when one does not start, the others are stopped. */
async function startTogether(starts: Promise<ServerProcess>[]): Promise<ServerProcess[]> {
  const outcomes = await Promise.allSettled(starts);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (!failure) return started;
  await Promise.all(started.map((server) => server.kill()));
  throw failure.reason;
}

function asOne(front: RoundRobin, processes: ServerProcess[]): RunningServer {
  return {
    url: front.url,
    isUp: () => processes.every((server) => server.isUp()),
    output: () => processes.map((server) => server.output()).join(''),
    stop: async (signal) => {
      const exits = await Promise.all(processes.map((server) => server.stop(signal)));
      await front.close();
      return exits.find(({ code }) => code !== 0) ?? { code: 0, signal: null };
    },
    kill: async () => void (await Promise.all(processes.map((server) => server.kill()))),
  };
}
