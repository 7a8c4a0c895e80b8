// The image's HEALTHCHECK. An API process answers for itself; a worker has no HTTP, so what is asked is the database it works from.
import { readFileSync } from 'node:fs';
import pg from 'pg';

/** Less than the Dockerfile's `--timeout`. */
const LONGEST_MS = 4_000;
const { ROLE, PORT, DATABASE_URL, DATABASE_URL_FILE } = process.env;

async function serverIsReady() {
  const address = `http://127.0.0.1:${PORT || 3000}/health/ready`;
  return (await fetch(address, { signal: AbortSignal.timeout(LONGEST_MS) })).ok;
}

async function databaseAnswers() {
  const connectionString = DATABASE_URL || readFileSync(DATABASE_URL_FILE, 'utf8').trim();
  const limits = { connectionTimeoutMillis: LONGEST_MS / 2, query_timeout: LONGEST_MS / 2 };
  const client = new pg.Client({ connectionString, ...limits, application_name: 'runhook-health' });
  await client.connect();
  await client.query('select 1');
  await client.end();
  return true;
}

const check = ROLE === 'worker' ? databaseAnswers : serverIsReady;
process.exit((await check().catch(() => false)) ? 0 : 1);
