// The one PostgreSQL that everything measured works on: the embedded one, with its durable settings.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { startEmbeddedPostgres } from '../dist/src/platform/database/embedded-postgres.js';

/** A new directory that the database's account may enter. */
export function newDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'runhook-bench-'));
  chmodSync(directory, 0o755);
  return directory;
}

/** Starts, or joins, the embedded PostgreSQL of a data directory. */
export async function openCluster(dataDir) {
  const server = await startEmbeddedPostgres({ dataDir });
  const pools = new Map();
  const urlOf = (database) => Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
  /** Sends one statement from this process; answers its rows. */
  const query = async (database, text, values) => {
    const pool = pools.get(database) ?? openPool(urlOf(database));
    pools.set(database, pool);
    return (await pool.query(text, values)).rows;
  };
  return {
    dataDir,
    urlOf,
    query,
    pid: () => Number(readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]),
    createDatabase: async (name) => {
      await query('postgres', `create database ${name}`);
      return urlOf(name);
    },
    close: async () => {
      for (const pool of pools.values()) await pool.end();
      await server.stop();
    },
  };
}

/** A pool says that it has ended while the server may still be telling its last connection that it shuts down. */
const openPool = (connectionString) => new Pool({ connectionString, max: 1 }).on('error', () => undefined);

export const removeDirectory = (directory) => rmSync(directory, { recursive: true, force: true });
