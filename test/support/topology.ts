import { type RoundRobin, startRoundRobin } from './round-robin.js';
import { startRedis, type TestRedis } from './redis.js';
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

/** Starts the server as this test run has it: one process, or a cluster behind one address. A role asks for just that process. */
export async function startTopology(options: ServerOptions & { databaseUrl: string }): Promise<RunningServer> {
  if (!isCluster) return startServer(options);
  const redis = await startRedis();
  if (!redis) throw new Error('The cluster needs a redis-server on PATH.');
  sharedSettings.set(options.databaseUrl, { REDIS_URL: redis.url });
  if (options.role !== undefined) return withRedis(await startServer(options), redis);
  const roles = ['api', 'api', 'worker', 'worker'] as const;
  const processes = await startTogether(
    roles.map((role) => startServer({ ...options, role, env: { ...POOL, ...options.env } })),
  );
  const front = await startRoundRobin(processes.map(({ url }) => url).filter((url) => url !== ''));
  return withRedis(asOne(front, processes), redis);
}

/** A cluster that is killed leaves its Redis, as another machine would: {@link RunningServer.stop} ends it, also afterwards. */
function withRedis(server: RunningServer, redis: TestRedis): RunningServer {
  return {
    ...server,
    stop: async (signal) => {
      const exit = await server.stop(signal);
      await redis.stop();
      return exit;
    },
  };
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
