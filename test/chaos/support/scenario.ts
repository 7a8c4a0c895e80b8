import { Client } from 'pg';
import { aTenant, type Tenant, type TenantOptions } from '../../factories/tenant.js';
import { aWorkflow, type WorkflowBody } from '../../factories/workflow.js';
import { ApiClient } from '../../support/api.js';
import { createDatabase } from '../../support/database.js';
import { type ServerProcess, startServer } from '../../support/server.js';
import { gather } from './evidence.js';
import { History } from './history.js';
import { type Allowance, violations } from './invariants.js';
import { type Identity, LoadClient } from './load-client.js';
import { RECORD_MOVES } from './moves.js';
import { openSink, type Sink, stepsInto } from './sink.js';

/** Short leases and sweeps, so that recovery takes seconds; workflows may call the sink. */
const SETTINGS = {
  HOST: '127.0.0.1',
  OUTBOUND_ALLOW: '127.0.0.1/32',
  RUN_LEASE_MS: '3000',
  SWEEP_INTERVAL_MS: '1000',
  RUN_MAX_CRASHES: '1000',
};
const NO_LIMIT = { execute: 1_000_000, read: 1_000_000, write: 1_000_000 };
/** Lease 3 s, sweep 1 s, the work itself, and a loaded machine. */
const SETTLE_MS = 15_000;

export type Environment = Record<string, string>;

/** A tenant that runs one workflow. */
export interface Player extends Tenant, Identity {
  /** Bound to the server that was the first when the player came. */
  api: ApiClient;
  client: LoadClient;
}

/** Several server processes on one database, a sink that they have effects on, and clients whose operations are recorded. */
export class Scenario {
  readonly servers: ServerProcess[] = [];
  readonly apis: string[] = [];
  readonly history: History;
  private found: string[] | undefined;

  private constructor(
    readonly name: string,
    readonly databaseUrl: string,
    readonly sink: Sink,
    private readonly env: Environment,
    private readonly dropDatabase: () => Promise<void>,
  ) {
    this.history = new History(name.replaceAll(/\W+/g, '-'));
  }

  /** @param env settings of every server of the scenario. `databaseUrl`: an own database, which the servers migrate; call {@link watch} then. */
  static async open(name: string, { databaseUrl, ...env }: Environment = {}): Promise<Scenario> {
    const database =
      databaseUrl === undefined ? await createDatabase('chaos') : { url: databaseUrl, drop: () => Promise.resolve() };
    const scenario = new Scenario(name, database.url, await openSink(), { ...SETTINGS, ...env }, () => database.drop());
    if (databaseUrl === undefined) await scenario.watch();
    return scenario;
  }

  /** Makes the database record the moves of runs; to be called once the tables of an own database are there. */
  async watch(): Promise<void> {
    await this.sql(RECORD_MOVES);
  }

  async startApi(env: Environment = {}): Promise<ServerProcess> {
    const server = await this.start('api', env);
    this.apis.push(server.url);
    return server;
  }

  startWorker(env: Environment = {}): Promise<ServerProcess> {
    return this.start('worker', env);
  }

  /** A tenant without limits, with an active workflow; by default one that has an effect of 400 ms. Needs an API process. */
  async player({ workflow = {}, ...tenantOptions }: TenantOptions & { workflow?: WorkflowBody } = {}): Promise<Player> {
    const { settings, ...rest } = tenantOptions;
    const tenant = await aTenant(this.databaseUrl, { settings: { rateLimits: NO_LIMIT, ...settings }, ...rest });
    const api = new ApiClient(this.apis[0] ?? '', tenant.key);
    const { id: workflowId } = await aWorkflow(api, { steps: stepsInto(this.sink), ...workflow });
    const identity = { ...tenant, workflowId };
    return { ...identity, api, client: new LoadClient(identity, this.apis, this.history) };
  }

  /** Runs SQL as a superuser, with the application's tables in sight. */
  async sql<Row extends object = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({
      connectionString: this.databaseUrl,
      options: '-c search_path=app',
      application_name: 'test',
    });
    await client.connect();
    try {
      return (await client.query<Row & Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Of each server that has ended, how, and the last that it printed. */
  ended(): string[] {
    return this.servers.flatMap((server) => {
      const how = server.process.exitCode ?? server.process.signalCode;
      return how === null ? [] : [`${how}: ${server.output().slice(-1500)}`];
    });
  }

  /** Sentences on what is wrong, and one on standard output that tells what was put to the proof. */
  async verdict(allowance: Allowance = {}, settleMs = SETTLE_MS): Promise<string[]> {
    const evidence = await gather(this.databaseUrl, settleMs);
    const { operations } = this.history;
    const outputs = this.servers.map((server) => server.output());
    this.found = violations({ ...evidence, operations, effects: this.sink.effects, outputs, allowance });
    const repeats =
      this.sink.effects.length - new Set(this.sink.effects.map(({ idempotencyKey }) => idempotencyKey)).size;
    const slowest = Math.max(0, ...operations.map(({ answeredAt, invokedAt }) => answeredAt - invokedAt));
    process.stdout.write(
      `${this.name}: operations ${tally(operations.map(({ outcome }) => outcome))}; runs ${tally(evidence.runs.map(({ status }) => status))}; ` +
        `repeated effects ${repeats}; slowest answer ${slowest} ms\n`,
    );
    if (this.found.length > 0) process.stdout.write(`${this.name}: every operation is in ${this.history.path}\n`);
    return this.found.slice(0, 20);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    await this.sink.close();
    await this.dropDatabase();
    if (this.found?.length === 0) this.history.discard();
  }

  private async start(role: 'api' | 'worker', env: Environment): Promise<ServerProcess> {
    const server = await startServer({ databaseUrl: this.databaseUrl, role, env: { ...this.env, ...env } });
    this.servers.push(server);
    return server;
  }
}

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ') || 'none';
}
