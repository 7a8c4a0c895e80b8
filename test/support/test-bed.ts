import { Client } from 'pg';
import { aTenant, type Tenant, type TenantOptions } from '../factories/tenant.js';
import { ApiClient } from './api.js';
import { createDatabase } from './database.js';
import type { RunningServer, ServerOptions } from './server.js';
import { openSurroundings } from './topology.js';

/** A tenant and a client with its key. */
export interface Guest extends Tenant {
  api: ApiClient;
}

/** A running server, of one or several processes, with a database of its own; tests isolate by tenant. */
export interface TestBed {
  url: string;
  databaseUrl: string;
  server: RunningServer;
  /** An organization with one key, of every scope unless told otherwise. */
  guest(options?: TenantOptions): Promise<Guest>;
  /** Runs SQL as the database's owner, with the application's tables in sight. */
  sql<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** What the bed's servers encrypt with, unless told otherwise; an empty ENCRYPTION_KEY takes it away. */
export const ENCRYPTION_KEY = `bed:${Buffer.alloc(32, 'bed').toString('base64')}`;

/** Opens a bed; close it in `afterAll`. */
export async function openTestBed(name: string, options: Omit<ServerOptions, 'databaseUrl'> = {}): Promise<TestBed> {
  const database = await createDatabase(name);
  const surroundings = await openSurroundings(database.url);
  const server = await surroundings.start({ ...options, env: { ENCRYPTION_KEY, ...options.env } });
  const client = new Client({ connectionString: database.url, options: '-c search_path=app' });
  await client.connect();
  return {
    url: server.url,
    databaseUrl: database.url,
    server,
    guest: async (tenantOptions) => {
      const tenant = await aTenant(database.url, tenantOptions);
      return { ...tenant, api: new ApiClient(server.url, tenant.key) };
    },
    sql: async <Row extends object>(text: string, values: unknown[] = []) =>
      (await client.query<Row & Record<string, unknown>>(text, values)).rows,
    close: async () => {
      await client.end();
      await server.stop();
      await surroundings.close();
      await database.drop();
    },
  };
}
