// The image's start: node docker/start.mjs [serve|migrate|rewrap]
//
// Reads secrets from files, checks the settings, waits for the database and becomes the server. It stays the same process, so that signals reach
// the server even where it is the container's first one.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import 'reflect-metadata';
import pg from 'pg';
import { InvalidSettings, loadSettings } from '../dist/src/platform/config/index.js';

/** Settings that may also be given as the path of a file, as `<name>_FILE`: the way of Docker's and Kubernetes' secrets. */
const SECRETS = ['DATABASE_URL', 'REDIS_URL', 'ENCRYPTION_KEY', 'BOOTSTRAP_API_KEY', 'SMTP_URL'];
const COMMANDS = {
  serve: '../dist/src/main.js',
  migrate: '../dist/src/tools/migrate.js',
  rewrap: '../dist/src/tools/rewrap-keys.js',
};
/** A database that has not come up by then is not one that is still starting. */
const PATIENCE_MS = 60_000;
const ATTEMPT_MS = 5_000;
const PAUSE_MS = 500;
/** Cannot be reached, or 57P03: is starting up. Everything else (a password, a name) does not get better by waiting. */
const NOT_YET = /^(?:ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|57P03)$/;

function readSecrets() {
  for (const name of SECRETS) {
    const file = process.env[`${name}_FILE`];
    if (!file) continue;
    if (process.env[name]) throw new InvalidSettings(`${name}: is also set by ${name}_FILE; leave one of them out`);
    try {
      process.env[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new InvalidSettings(`${name}_FILE: ${error.message}`);
    }
  }
}

async function waitForDatabase(url) {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let tries = 1; ; tries++) {
    const problem = await tryDatabase(url);
    if (!problem) return;
    if (!NOT_YET.test(problem.code ?? '') || Date.now() > giveUpAt) {
      throw new InvalidSettings(`DATABASE_URL: cannot connect: ${problem.message || problem.code}`);
    }
    if (tries === 1) console.log(`Waiting for the database: ${problem.message || problem.code}`);
    await delay(PAUSE_MS);
  }
}

async function tryDatabase(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ATTEMPT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return null;
  } catch (error) {
    // pg tells these by their message only. A port that is forwarded takes connections and drops them while nothing is behind it.
    return /timeout|terminated unexpectedly/i.test(error.message) ? Object.assign(error, { code: 'ETIMEDOUT' }) : error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

// The first process of a container ignores signals that it does not handle.
const leave = () => process.exit(0);
process.on('SIGTERM', leave).on('SIGINT', leave);
try {
  const [command = 'serve'] = process.argv.slice(2);
  readSecrets();
  if (!Object.hasOwn(COMMANDS, command)) {
    throw new InvalidSettings(`${command}: no such command; there are ${Object.keys(COMMANDS).join(', ')}`);
  }
  const settings = loadSettings(process.env);
  if (settings.DATABASE_URL === undefined) {
    throw new InvalidSettings('DATABASE_URL: must name a PostgreSQL, since the image brings none');
  }
  await waitForDatabase(settings.DATABASE_URL);
  process.off('SIGTERM', leave).off('SIGINT', leave);
  await import(COMMANDS[command]);
} catch (error) {
  console.error(error instanceof InvalidSettings ? String(error) : error);
  process.exit(1);
}
