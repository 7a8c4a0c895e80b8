import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { inject } from 'vitest';

/** A database of one test file. */
export interface TestDatabase {
  url: string;
  /** Drops it, ending sessions that are still open. */
  drop(): Promise<void>;
}

/** A database with the application's schema, migrated and empty. `name` only helps to recognise it. */
export function createDatabase(name = 'test'): Promise<TestDatabase> {
  return create(name, 'template_runhook');
}

/** A database with nothing in it. */
export function emptyDatabase(): Promise<TestDatabase> {
  return create('empty', 'template0');
}

async function create(label: string, template: string): Promise<TestDatabase> {
  const name = `${label}_${randomBytes(6).toString('hex')}`;
  await asAdmin(`create database ${escapeIdentifier(name)} template ${template}`);
  const url = new URL(inject('adminUrl'));
  url.pathname = name;
  return { url: url.href, drop: () => asAdmin(`drop database if exists ${escapeIdentifier(name)} with (force)`) };
}

/** "Source database is being accessed by other users" (autovacuum looks into templates too), or into the one to drop. */
const IN_USE = '55006';

async function asAdmin(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject('adminUrl') });
  await client.connect();
  try {
    for (let tries = 1; ; tries++) {
      try {
        await client.query(statement);
        return;
      } catch (error) {
        if (!(error instanceof DatabaseError && error.code === IN_USE && tries < 20)) throw error;
        await delay(100);
      }
    }
  } finally {
    await client.end();
  }
}
