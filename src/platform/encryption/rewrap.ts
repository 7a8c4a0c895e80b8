import pg from 'pg';
import { open, seal } from '#libs/sealing';
import { APP_SCHEMA } from '../database/index.js';
import { readKeyring, wrapContext } from './encryption.js';

const BATCH = 100;

/**
 * Wraps every data key with the first key of the ring, so that the others can be dropped. Small transactions, beside running servers; started
 * again it goes on where it was.
 * @returns how many data keys were wrapped anew
 */
export async function rewrapDataKeys(databaseUrl: string, encryptionKey: string): Promise<number> {
  const keyring = readKeyring(encryptionKey);
  const client = new pg.Client({ connectionString: databaseUrl, options: `-c search_path=${APP_SCHEMA}` });
  await client.connect();
  let done = 0;
  try {
    for (;;) {
      await client.query('begin');
      const { rows } = await client.query<{ organization_id: string; id: string; wrapped: string }>(STALE_KEYS, [
        keyring.writing.kid,
        BATCH,
      ]);
      for (const { organization_id: organizationId, id, wrapped } of rows) {
        const context = wrapContext(organizationId, id);
        const fresh = seal(keyring.writing, open(keyring, wrapped, context), context);
        await client.query(REWRAP, [organizationId, id, fresh]);
      }
      await client.query('commit');
      done += rows.length;
      if (rows.length < BATCH) return done;
    }
  } finally {
    await client.end();
  }
}

const STALE_KEYS = `
select organization_id, id, wrapped from organization_keys where split_part(wrapped, '.', 2) <> $1
order by organization_id limit $2 for update`;

const REWRAP = 'update organization_keys set wrapped = $3 where organization_id = $1 and id = $2';
